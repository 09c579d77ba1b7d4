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
BisVerifyLength(BisVerify *verify)
{
	Size		had = verify->claimed == NULL ? 0 :
		verify->nblocks / BITS_PER_BYTE + 1;
	Size		size;

	verify->nblocks = RelationGetNumberOfBlocks(verify->index);
	size = verify->nblocks / BITS_PER_BYTE + 1;
	if (size <= had)
		return;
	if (verify->claimed == NULL)
		verify->claimed = MemoryContextAllocHuge(verify->context, size);
	else
		verify->claimed = repalloc_huge(verify->claimed, size);
	memset(verify->claimed + had, 0, size - had);
}

void
BisVerifyClaim(BisVerify *verify, BlockNumber block)
{
	uint8		bit = 1 << (block % BITS_PER_BYTE);

	if (block == InvalidBlockNumber)
		BisCorrupted("block number is missing");
	if (block >= verify->nblocks)
		BisVerifyLength(verify);
	if (block >= verify->nblocks)
		BisCorrupted(psprintf("there is no block %u", block));
	if (verify->claimed[block / BITS_PER_BYTE] & bit)
		BisCorrupted(psprintf("block %u is used twice", block));
	verify->claimed[block / BITS_PER_BYTE] |= bit;
}

void
BisVerifyTid(const ItemPointerData *tid)
{
	if (!BisTidIsSound(tid))
		BisCorrupted("heap address of an article");
}

void
BisVerifyLexeme(const char *lexeme, int len)
{
	if (!pg_verifymbstr(lexeme, len, true))
		BisCorrupted("lexeme is not text in the database's encoding");
}
