/*
 * abbreviation.h
 *	  Full stops that end no sentence (query-language section 9).
 */
#ifndef BI_ABBREVIATION_H
#define BI_ABBREVIATION_H

/* a stretch of text: the bytes of ASCII, or characters */
typedef struct BiStretch
{
	const char *bytes;			/* NULL if it is characters */
	const uint32 *chars;
	int			start;			/* nothing outside start .. end is looked at */
	int			end;
	bool		first;			/* begins where the whole text does */
} BiStretch;

/* how far after next BiStopEndsNothing() looks at most, in characters */
#define BI_STOP_LOOK_AHEAD 220

/*
 * Does the . ! or ? at stop end no sentence, where by the rules of UAX #29
 * the next one would begin at next?  It may be of an abbreviation, a list of
 * the user's own of which is given (separated by blanks or commas, in the
 * database encoding; or NULL), of an ordinal number, of a name or of a row of
 * dots.
 */
extern bool BiStopEndsNothing(const BiStretch *text, int stop, int next,
							  const char *abbreviations);

#endif							/* BI_ABBREVIATION_H */
