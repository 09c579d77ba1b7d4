"""What the catalogues say of the extension's objects, without their OIDs.

fingerprint(con) gives, for each object that belongs to the extension or
depends on one that does as its part (array types, members of operator
classes), every column of its catalogue row, its definition, comment and
dependencies, as {(catalogue, identity): {...}}.  Two installations are alike
if theirs are equal.  References are read from PostgreSQL's own list of them,
so that no column of a later version is forgotten.
"""

MEMBERS = """
WITH RECURSIVE ext AS (SELECT oid FROM pg_catalog.pg_extension
                       WHERE extname = 'bisearch'),
member(classid, objid) AS (
    SELECT 'pg_catalog.pg_extension'::pg_catalog.regclass::oid, oid FROM ext
    UNION SELECT classid, objid FROM pg_catalog.pg_depend, ext
    WHERE refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
        AND refobjid = ext.oid AND deptype = 'e'
    UNION SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
    JOIN member m ON d.refclassid = m.classid AND d.refobjid = m.objid
    WHERE d.deptype IN ('i', 'a'))
SELECT classid::pg_catalog.regclass::text, array_agg(objid)
FROM member GROUP BY 1
"""

REFERENCES = """
SELECT fktable::pg_catalog.regclass::text, fkcols[1],
    pktable::pg_catalog.regclass::text
FROM pg_catalog.pg_get_catalog_foreign_keys()
WHERE pkcols = '{oid}' AND cardinality(fkcols) = 1
"""

# what cannot be compared as it is, and what else there is to compare
NOT_COMPARED = {"oid", "proargdefaults", "typdefaultbin"}
FURTHER = {
    "pg_catalog.pg_proc":
        "pg_catalog.pg_get_functiondef(oid) || "
        "pg_catalog.pg_get_function_arguments(oid)",
    "pg_catalog.pg_ts_config":
        "(SELECT pg_catalog.array_agg(maptokentype || ' ' || mapseqno || ' ' "
        "|| mapdict::pg_catalog.regdictionary ORDER BY maptokentype, mapseqno)"
        " FROM pg_catalog.pg_ts_config_map WHERE mapcfg = c.oid)::text",
    "pg_catalog.pg_type": "pg_catalog.format_type(oid, NULL)",
    "pg_catalog.pg_class":
        "(SELECT pg_catalog.array_agg((pg_catalog.to_jsonb(a) - 'attrelid' "
        "- 'atttypid' - 'attoptions')::text || pg_catalog.format_type(atttypid, NULL) "
        "ORDER BY attnum) FROM pg_catalog.pg_attribute a "
        "WHERE attrelid = c.oid)::text",
}


def oids(value):
    """The OIDs in a column's value, and what puts names in their place;
    names of functions come as such."""
    if isinstance(value, list):
        return value
    if isinstance(value, str) and value.replace(" ", "").isdigit():
        return value.split()
    return [value] if isinstance(value, int) else []


def full(name):
    return name if "." in name else "pg_catalog." + name


def fingerprint(con):
    found = {}
    rows = {}
    with con.transaction():
        # so names print with their schemas, all but pg_catalog
        con.execute("SET LOCAL search_path = ''")
        references = {(full(table), column): full(to) for table, column, to
                      in con.execute(REFERENCES)}
        for catalogue, members in con.execute(MEMBERS).fetchall():
            catalogue = full(catalogue)
            more = FURTHER.get(catalogue, "NULL")
            for row in con.execute(f"""
                    SELECT pg_catalog.to_jsonb(c), {more},
                        (pg_catalog.pg_identify_object('{catalogue}'::regclass,
                            oid, 0)).identity,
                        ARRAY(SELECT objsubid || ' ' || description FROM pg_catalog.pg_description
                            WHERE objoid = c.oid
                            AND classoid = '{catalogue}'::regclass),
                        ARRAY(SELECT i.privtype::text || initprivs::text
                            FROM pg_catalog.pg_init_privs i
                            WHERE objoid = c.oid
                            AND classoid = '{catalogue}'::regclass),
                        ARRAY(SELECT deptype::text || ' ' || (
                                pg_catalog.pg_identify_object(refclassid,
                                    refobjid, refobjsubid)).identity
                            FROM pg_catalog.pg_depend
                            WHERE objid = c.oid
                            AND classid = '{catalogue}'::regclass ORDER BY 1)
                    FROM {catalogue} c WHERE oid = ANY (%s)""", [members]):
                rows[catalogue, row[2]] = row
        wanted = {(to, int(oid)) for (catalogue, _), row in rows.items()
                  for column, value in row[0].items()
                  if (to := references.get((catalogue, column)))
                  for oid in oids(value) if int(oid)}
        for to, oid in wanted:
            found[to, oid], = con.execute(
                "SELECT (pg_catalog.pg_identify_object(%s::regclass, %s, 0))"
                ".identity", [to, oid]).fetchone()

    def name(catalogue, column, value):
        to = references.get((catalogue, column))
        if to is None or not oids(value):
            return value
        return [found.get((to, int(oid)), oid) for oid in oids(value)]

    return {key: {**{column: name(key[0], column, value)
                     for column, value in row[0].items()
                     if column not in NOT_COMPARED},
                  "(definition)": row[1], "(comment)": sorted(row[3]),
                  "(privileges)": row[4], "(depends)": row[5]}
            for key, row in rows.items()}


def differences(one, other):
    """How two fingerprints differ, for people to read."""
    return {key: (one.get(key), other.get(key))
            if key not in one or key not in other else
            {column: (one[key].get(column), other[key].get(column))
             for column in one[key] | other[key]
             if one[key].get(column) != other[key].get(column)}
            for key in one | other if one.get(key) != other.get(key)}
