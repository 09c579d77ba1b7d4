/*
 * check_claims.c
 *	  What every part of bi_index_check looks at: whose a block is, heap
 *	  addresses and lexemes.
 *
 * The index becomes longer while it is checked: its length is read again
 * whenever a page names a block past the one that was read last.
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
	Size		had = check->claimed == NULL ? 0 :
		check->nblocks / BITS_PER_BYTE + 1;
	Size		size;

	check->nblocks = RelationGetNumberOfBlocks(check->index);
	size = check->nblocks / BITS_PER_BYTE + 1;
	if (size <= had)
		return;
	if (check->claimed == NULL)
		check->claimed = MemoryContextAllocHuge(check->context, size);
	else
		check->claimed = repalloc_huge(check->claimed, size);
	memset(check->claimed + had, 0, size - had);
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
