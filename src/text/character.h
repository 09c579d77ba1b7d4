/*
 * character.h
 *	  Chinese, Japanese and Korean characters as words of their own
 *	  (query-language section 7, parser bisearch_cjk).
 *
 * A character is an ideograph, a sign of kana or bopomofo, or a hangul
 * syllable, which may be written as several jamo.  They are told by their
 * blocks, not by ICU's properties, so that all its versions agree, also on
 * ideographs that are newer than they are.
 */
#ifndef BI_CHARACTER_H
#define BI_CHARACTER_H

/* Is c one, or a jamo of one? */
extern bool BiIsCharacter(uint32 c);

/*
 * What ICU's word breaker gets for c, which follows before: a sign of as many
 * UTF-16 units that always separates if c is a character, one that never does
 * if it continues a syllable, and otherwise c itself.
 */
extern uint32 BiCharacterForIcu(uint32 before, uint32 c);

/*
 * Whether the token, of len > 0 bytes, begins with a character.  Sets *plain
 * if it is just that and folding, with any options, leaves it as it is.
 */
extern bool BiIsCharacterToken(const char *token, int len, bool *plain);

#endif							/* BI_CHARACTER_H */
