/*
 * untranslated.c
 *	  Loaded before everything else: messages stay as they are.
 *
 * Some libraries of Debian's server set up their translations while they are
 * loaded, when the address sanitizer is not ready; libc waits for its own
 * lock ever after.
 */
extern char *bindtextdomain(const char *domain, const char *directory);
extern char *textdomain(const char *domain);

char *
bindtextdomain(const char *domain, const char *directory)
{
	(void) domain;
	return (char *) directory;
}

char *
textdomain(const char *domain)
{
	return (char *) domain;
}
