/*
 * column_write.h
 *	  Writing the stored columns of a segment.
 */
#ifndef BIS_COLUMN_WRITE_H
#define BIS_COLUMN_WRITE_H

#include "index/column/column_type.h"
#include "index/segment/writer.h"

typedef struct BisColumnWriter BisColumnWriter;

/*
 * Begin to write the columns of the writer's segment, in the current memory
 * context.  Call BisColumnsEntry for each entry of a coded column's
 * dictionary, in the order of their bytes, one column after the other; then
 * BisColumnsDoc for each article; then BisColumnsEnd, before BisWriterFinish.
 */
extern BisColumnWriter *BisColumnsBegin(const BisColumnTypes *types,
										BisWriter *writer);
extern void BisColumnsEntry(BisColumnWriter *columns, int column,
							const uint8 *entry, Size len);

/* An article's numbers and codes; those that are null are not looked at. */
extern void BisColumnsDoc(BisColumnWriter *columns, const int64 *numbers,
						  const bool *isnull);
extern void BisColumnsEnd(BisColumnWriter *columns);

#endif							/* BIS_COLUMN_WRITE_H */
