/*
 * own_fields.h
 *	  The fields of one's own that a configuration declares
 *	  (query-language section 9).
 *
 * Declared, they are "source text, date date, words number": names and types
 * in pairs, between commas.  Read, they have folded names, one blank between
 * name and type, and ", " between pairs.
 */
#ifndef BI_OWN_FIELDS_H
#define BI_OWN_FIELDS_H

#include "lib/stringinfo.h"

/* fields that a configuration may have; their numbers fit a byte */
#define BI_MAX_OWN_FIELDS 64

/* bytes of a field's folded name, at most */
#define BI_MAX_FIELD_NAME 63

typedef enum BiFieldType
{
	BI_NO_FIELD,
	BI_TEXT_FIELD,
	BI_DATE_FIELD,
	BI_NUMBER_FIELD
} BiFieldType;

typedef struct BiOwnField
{
	const char *name;			/* within what was read, not terminated */
	int			len;
	BiFieldType type;
} BiOwnField;

/*
 * Append the folded name of a field.  Returns false, and may have appended
 * something, if it is not a letter and at least one more letter, digit or
 * "_", or too long.
 */
extern bool BiFoldFieldName(const char *name, int len, StringInfo out);

/*
 * Read a declaration, palloc'd; "" for one of blanks only.  Raises 22023 for
 * what is none, and for a name that the query language has already.
 */
extern char *BiReadFields(const char *declared);

/*
 * The next field of what was read, from *next on, which starts as its first
 * byte and is advanced; false at its end.
 */
extern bool BiNextField(const char **next, BiOwnField *field);

/*
 * The field, among those read (NULL: none), of this name in any case;
 * returns its number from 1, or 0 if there is none.
 */
extern int	BiFindField(const char *fields, const char *name, int len,
						BiOwnField *field);

/* The field of a number that BiFindField gave. */
extern void BiFieldOfNumber(const char *fields, int number,
							BiOwnField *field);

extern const char *BiFieldTypeName(BiFieldType type);

#endif							/* BI_OWN_FIELDS_H */
