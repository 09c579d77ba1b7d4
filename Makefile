# Build, install, try and test bisearch.  "make demo" and "make test" do all
# the set-up they need; see README.md.
#
#	make                the extension (needs PostgreSQL's server headers, ICU)
#	make install        into the PostgreSQL that PG_CONFIG names
#	make demo           try it: ARTICLES=file.csv and SEARCH='...' as you like
#	make demo-stop      stop the demonstration's server and delete its files
#	make test           everything that is tested on every change
#	make test-versions  the same with PostgreSQL 17, 18 and 19, and upgrades
#	make test-assert    the same on a PostgreSQL with assertions, built for it
#	make coverage       which lines of the source the tests come to
#	make test-long      what is tested before a release, for hours
#	make bench          speed, beside what PostgreSQL has
#	make charts         draw README's charts anew (needs gnuplot)
#	make fuzz           look for crashes with clang's libFuzzer, for minutes
#	make check-layers   includes point down only
#	make check-warnings no warning from gcc, none from clang
#	make check-indent   the source is laid out as pgindent does
#	make check-one      one file of tests: T=test/test_match.py ARGS=...
#	make analyze        clang's static analyzer
#	make installcheck   pg_regress's and isolation tests on a running server
#	make dist           the source archive

PG_CONFIG ?= pg_config

# the checkout, also where one builds elsewhere (make -f .../Makefile VPATH=...)
top := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
in_top = $(patsubst $(top)/%,%,$(sort $(wildcard $(addprefix $(top)/,$(1)))))

MODULE_big = bisearch
SOURCES = $(call in_top,src/*.c src/*/*.c src/*/*/*.c)
OUR_HEADERS = $(addprefix $(top)/,$(call in_top,src/*/*.h src/*/*/*.h))
OBJS = $(SOURCES:.c=.o)
EXTENSION = bisearch
DATA = $(call in_top,src/bisearch--*.sql)
PGFILEDESC = "bisearch - Boolean article search"
REGRESS = $(patsubst sql/%.sql,%,$(call in_top,sql/*.sql))
REGRESS_OPTS = --encoding=UTF8
ISOLATION = $(patsubst test/isolation/specs/%.spec,%,$(call in_top,test/isolation/specs/*.spec))
ISOLATION_OPTS = --encoding=UTF8 --inputdir=$(top)/test/isolation

# PostgreSQL's headers as system headers: warnings are about our own code
PG_CPPFLAGS = -I$(top)/src -isystem $(shell $(PG_CONFIG) --includedir-server) $(ICU_CFLAGS)
# what each object includes is written beside it: a header that changes has
# those built anew that include it
PG_CFLAGS = -Wall -Wextra -MMD -MP
EXTRA_CLEAN = $(OBJS:.o=.d)
ICU_CFLAGS := $(shell pkg-config --cflags icu-uc 2>/dev/null)
SHLIB_LINK = $(shell pkg-config --libs icu-uc 2>/dev/null || echo -licuuc -licudata)

PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
-include $(OBJS:.o=.d)
ifdef VPATH
# a rule would find those of the checkout
$(shell mkdir -p $(sort $(dir $(OBJS))))
endif
# clang does not tell; make all builds these once more
$(OBJS:.o=.bc): $(OUR_HEADERS)
# unpacks four numbers at a time
src/index/page/codec.o: CFLAGS += $(CFLAGS_VECTORIZE)
else
all install:
	@echo "PostgreSQL's server headers are missing; test/packages run installs what the build needs." >&2
	@exit 1
endif

# What is typed is taken as it is: make would read $5 as a variable.
override SEARCH := $(value SEARCH)
override ARTICLES := $(value ARTICLES)
export SEARCH ARTICLES PG_CONFIG

.PHONY: demo demo-stop test test-versions test-assert coverage test-long \
	bench charts fuzz check-layers check-warnings check-indent check-one \
	analyze dist

demo:
	@demo/demo

demo-stop:
	@demo/demo --stop

test:
	@test/run

test-versions:
	@test/versions

# ARGS: parts of test/run, or pytest's arguments
test-assert:
	@test/assert $(ARGS)

coverage:
	@test/coverage $(ARGS)

test-long:
	@test/long

bench:
	@bench/run

charts:
	@demo/charts

check-layers: all
	@test/layers
	@test/circles

check-warnings:
	@test/warnings

check-indent:
	@test/indent --check

check-one: all
	/usr/bin/python3 -m pytest -q -p no:cacheprovider $(T) $(ARGS)

analyze:
	@test/analyze

# what git has at HEAD, for packagers and, as a zip file, for PGXN
VERSION = $(shell sed -n 's/^	"version": "\(.*\)",/\1/p' META.json)
dist:
	git archive --prefix=bisearch-$(VERSION)/ -o bisearch-$(VERSION).tar.gz HEAD
	git archive --prefix=bisearch-$(VERSION)/ -o bisearch-$(VERSION).zip HEAD

fuzz:
	@test/fuzz/run
