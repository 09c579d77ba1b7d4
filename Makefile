# Build, install, try and test bisearch.  "make demo" and "make test" do all
# the set-up they need; see README.md.

PG_CONFIG ?= pg_config

MODULE_big = bisearch
SOURCES = $(sort $(wildcard src/*.c src/*/*.c))
OBJS = $(SOURCES:.c=.o)
EXTENSION = bisearch
DATA = $(wildcard src/bisearch--*.sql)
PGFILEDESC = "bisearch - Boolean article search"

# PostgreSQL's headers as system headers: warnings are about our own code
PG_CPPFLAGS = -Isrc -isystem $(shell $(PG_CONFIG) --includedir-server) $(ICU_CFLAGS)
PG_CFLAGS = -Wall -Wextra
ICU_CFLAGS := $(shell pkg-config --cflags icu-uc 2>/dev/null)
SHLIB_LINK = $(shell pkg-config --libs icu-uc 2>/dev/null || echo -licuuc -licudata)

PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(PGXS),)
include $(PGXS)
endif
