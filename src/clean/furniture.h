/*
 * furniture.h
 *	  A page's number and running head.
 */
#ifndef BI_FURNITURE_H
#define BI_FURNITURE_H

#include "clean/hash_list.h"

/* lines of one piece of furniture */
#define BI_FURNITURE_LINES	3

/* What is known of a text's running heads; begins zeroed. */
typedef struct BiFurniture
{
	BiHashList	heads;			/* short lines, without their figures */
} BiFurniture;

/* Take note of the lines at bytes start .. end, between blank lines. */
extern void BiFurnitureAdd(BiFurniture *furniture, const char *text,
						   int start, int end);

/* To be called once, after all lines are added. */
extern void BiFurnitureEnd(BiFurniture *furniture);

typedef enum BiFurnitureKind
{
	BI_FURNITURE_NONE,
	BI_FURNITURE_PERHAPS,		/* if there is other furniture beside it */
	BI_FURNITURE_CERTAIN
} BiFurnitureKind;

/*
 * Are the lines at bytes start .. end, of a text that was added, a page's
 * number, or lines that stand alone in it again and again, or both?
 */
extern BiFurnitureKind BiIsFurniture(const BiFurniture *furniture,
									 const char *text, int start, int end);

extern void BiFurnitureFree(BiFurniture *furniture);

#endif							/* BI_FURNITURE_H */
