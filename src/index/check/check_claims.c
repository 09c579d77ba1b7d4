/*
 * check_claims.c
 *	  Checks that several parts of bi_index_check need: that no block is used
 *	  twice, and that heap addresses and lexemes are valid.
 *
 * The index may grow while it is checked: its length is read again whenever a
 * page names a block after the known end.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "index/check/check.h"
#include "index/page/codec.h"

void
BisCheckLength(BisCheck *check)
{
	Size		old_size = check->claimed == NULL ? 0 :
		check->nblocks / BITS_PER_BYTE + 1;
	Size		size;

	check->nblocks = RelationGetNumberOfBlocks(check->index);
	size = check->nblocks / BITS_PER_BYTE + 1;
	if (size <= old_size)
		return;
	if (check->claimed == NULL)
		check->claimed = MemoryContextAllocHuge(check->context, size);
	else
		check->claimed = repalloc_huge(check->claimed, size);
	memset(check->claimed + old_size, 0, size - old_size);
}

void
BisCheckClaim(BisCheck *check, BlockNumber block)
{
	uint8		bit = 1 << (block % BITS_PER_BYTE);

	if (block == InvalidBlockNumber)
		BisCorrupted("block number is missing");
	if (block >= check->nblocks)
		BisCheckLength(check);
	if (block >= check->nblocks)
		BisCorrupted(psprintf("there is no block %u", block));
	if (check->claimed[block / BITS_PER_BYTE] & bit)
		BisCorrupted(psprintf("block %u is used twice", block));
	check->claimed[block / BITS_PER_BYTE] |= bit;
}

void
BisCheckTid(const ItemPointerData *tid)
{
	if (!BisTidIsSound(tid))
		BisCorrupted("heap address of an article");
}

void
BisCheckLexeme(const char *lexeme, int len)
{
	if (!pg_verifymbstr(lexeme, len, true))
		BisCorrupted("lexeme is not text in the database's encoding");
}
