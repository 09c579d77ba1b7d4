# Build, install, try and test bisearch.  "make demo" and "make test" do all
# the set-up they need; see README.md.

MODULE_big = bisearch
SOURCES = $(sort $(wildcard src/*.c src/*/*.c))
OBJS = $(SOURCES:.c=.o)
EXTENSION = bisearch
DATA = $(wildcard src/bisearch--*.sql)
PGFILEDESC = "bisearch - Boolean article search"

PG_CPPFLAGS = -I$(srcdir)/src $(ICU_CFLAGS)
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers
ICU_CFLAGS := $(shell pkg-config --cflags icu-uc 2>/dev/null)
SHLIB_LINK = $(shell pkg-config --libs icu-uc 2>/dev/null || echo -licuuc -licudata)

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(PGXS),)
include $(PGXS)
endif
