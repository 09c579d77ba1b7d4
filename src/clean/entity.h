/*
 * entity.h
 *	  HTML's entities: what &name; and &#number; stand for.
 */
#ifndef BI_ENTITY_H
#define BI_ENTITY_H

/*
 * Read the entity at s, an ampersand, in a text that ends at end.  Sets *c to
 * its character; returns where it ends, or NULL if it is none.
 */
extern const char *BiReadEntity(const char *s, const char *end, uint32 *c);

#endif							/* BI_ENTITY_H */
