// bisearch through node-postgres.  Prints "ok CLAIM" or "not ok CLAIM" and
// why for each claim; test/test_drivers.py makes the database and reads it.
//
//	node client.mjs SEARCHES	(PGHOST and its kin say where)
import assert from 'node:assert/strict'
import fs from 'node:fs'
import pg from 'pg'

const searches = fs.readFileSync(process.argv[2], 'utf8').split('\n')
const found = 'SELECT id FROM articles WHERE tsv @~ $1 ORDER BY id'
const VERSION = Buffer.from([1])
const wire = (text) => Buffer.concat([VERSION, Buffer.from(text)])

// Run body with a connection of its own, and say how it went.
async function claim(name, body) {
  const client = new pg.Client()
  try {
    await client.connect()
    await body(client)
    console.log(`ok ${name}`)
  } catch (error) {
    console.log(`not ok ${name}`)
    console.log(String(error.stack).replace(/^/gm, '# '))
  } finally {
    await client.end().catch(() => {})
  }
}

const ids = async (client, search) =>
  (await client.query(found, [search])).rows.map((row) => row.id)

const value = async (client, ...query) =>
  Object.values((await client.query(...query)).rows[0])[0]

async function error(promise) {
  try {
    await promise
  } catch (raised) {
    return raised
  }
  assert.fail('no error')
}

const oids = async (client) => (await client.query(
  "SELECT oid, typarray FROM pg_type WHERE typname = 'bi_query'")).rows[0]

await claim('text parameter of inferred type', async (client) => {
  assert.deepEqual(await ids(client, '"hurricane loss"'), [50, 100, 150, 200])
  assert.deepEqual(await ids(client, 'title:9 | title:11'), [9, 11])
  assert.deepEqual(await ids(client, ''), [])
})

await claim('binary parameter of inferred type', async (client) => {
  assert.deepEqual(await ids(client, wire('"hurricane loss"')),
    [50, 100, 150, 200])
})

await claim('text parameter of every call', async (client) => {
  for (const call of ['$1::text::bi_query', 'to_bi_query($1)',
    'websearch_to_bi_query($1)', '$1::bi_query']) {
    const { rows } = await client.query(
      `SELECT count(*)::int AS n FROM articles WHERE tsv @~ ${call}`,
      ['"hurricane loss"'])
    assert.equal(rows[0].n, 4, call)
  }
})

await claim('null parameter', async (client) => {
  assert.deepEqual(await ids(client, null), [])
  assert.equal(await value(client, 'SELECT $1::bi_query', [null]), null)
  assert.equal(await value(client, { text: 'SELECT $1::bi_query',
    values: [null], binary: true }), null)
})

await claim('named statement through custom and generic plans',
  async (client) => {
    for (let n = 1; n <= 20; n++) {
      const { rows } = await client.query({ name: 'search', text: found,
        values: [n % 3 ? `title:${n}` : `"word${n} hurricane"`] })
      assert.deepEqual(rows.map((row) => row.id),
        n % 3 ? [n] : [], `${n}`)
    }
    assert.equal(await value(client, `SELECT generic_plans > 0
      AND parameter_types = '{bi_query}' FROM pg_prepared_statements
      WHERE name = 'search'`), true)
  })

await claim('binary results', async (client) => {
  const raw = { getTypeParser: () => (bytes) => bytes }
  const { rows } = await client.query({ text: 'SELECT $1::bi_query AS q',
    values: ['hurricane and loss'], binary: true, types: raw })
  assert.deepEqual(Buffer.from(rows[0].q), wire('hurricane & loss'))
  const { oid } = await oids(client)
  client.setTypeParser(oid, 'binary', (bytes) => bytes.toString('utf8', 1))
  assert.equal(await value(client, { text: 'SELECT $1::bi_query',
    values: ['“é” or 犬'], binary: true }), '"é" | 犬')
})

await claim('saved searches come back byte for byte', async (client) => {
  const { oid } = await oids(client)
  client.setTypeParser(oid, 'binary', (bytes) => bytes.toString('utf8', 1))
  await client.query('CREATE TEMP TABLE saved (n int, q bi_query)')
  for (const [n, search] of searches.entries()) {
    await client.query('INSERT INTO saved VALUES ($1, $2)', [n, search])
  }
  const read = (binary) => client.query({ binary,
    text: 'SELECT n, q, q::text AS t FROM saved ORDER BY n' })
  const text = (await read(false)).rows
  assert.equal(text.length, searches.length)
  assert.deepEqual((await read(true)).rows, text)
  for (const row of text) {
    assert.equal(row.q, row.t)
    for (const again of [row.q, wire(row.q)]) {
      assert.equal(await value(client, `SELECT q = $1 AND
        q::text = $1::bi_query::text FROM saved WHERE n = $2`,
      [again, row.n]), true, row.q)
    }
  }
})

await claim('array parameters', async (client) => {
  const { rows } = await client.query(`SELECT DISTINCT id FROM
    unnest($1::bi_query[]) AS q JOIN articles ON tsv @~ q ORDER BY id`,
  [['title:7', '"hurricane loss"', null, 'title:50']])
  assert.deepEqual(rows.map((row) => row.id), [7, 50, 100, 150, 200])
  assert.equal(await value(client, `SELECT count(*)::int FROM articles
    WHERE tsv @~ ANY ($1)`, [['title:7', '"hurricane loss"']]), 5)
})

await claim('array results', async (client) => {
  assert.deepEqual(await value(client, 'SELECT $1::bi_query[]::text[]',
    [['a and "b, c"', null]]), ['a & "b, c"', null])
  const { typarray } = await oids(client)
  client.setTypeParser(typarray,
    (text) => pg.types.arrayParser.create(text).parse())
  const sent = [...searches, null]
  const got = await value(client, 'SELECT $1::bi_query[]', [sent])
  assert.equal(got.length, sent.length)
  assert.equal(got.at(-1), null)
  const again = await value(client, 'SELECT $1::bi_query[]', [got])
  assert.deepEqual(again, got)
  assert.equal(await value(client,
    'SELECT $1::bi_query[] = $2::bi_query[]', [sent, got]), true)
})

await claim('error fields of a syntax error', async (client) => {
  for (const query of ['SELECT $1::bi_query', 'SELECT to_bi_query($1)',
    found]) {
    const e = await error(client.query(query, ['été AND (cat']))
    assert.ok(e instanceof pg.DatabaseError)
    assert.equal(e.code, '42601')
    assert.equal(e.severity, 'ERROR')
    assert.equal(e.message, 'syntax error in bi_query: "été AND (cat"')
    assert.equal(e.detail, 'At position 9: parenthesis is not closed.')
    assert.equal(e.hint, 'Try: été & cat')
    assert.equal(e.internalPosition, '9')
    assert.equal(e.internalQuery, 'été AND (cat')
    assert.equal(e.position, undefined)
  }
})

await claim('position in the statement of a literal', async (client) => {
  const e = await error(client.query("SELECT 1, 'cat AND'::bi_query"))
  assert.equal(e.position, '11')
  assert.equal(e.internalPosition, '5')
})

await claim('other errors have their SQLSTATE', async (client) => {
  for (const [code, search] of [['42704', '{nope} cat'],
    ['54000', 'a'.repeat(2047)], ['22P03', Buffer.from([2, 97])],
    ['42601', wire('cat AND')], ['22021', wire('a\0b')],
    ['22021', Buffer.from([1, 0xff])]]) {
    const e = await error(client.query('SELECT $1::bi_query', [search]))
    assert.equal(e.code, code, String(search).slice(0, 40))
  }
})

await claim('an error does not end the session', async (client) => {
  await client.query('BEGIN; SAVEPOINT s')
  await error(ids(client, 'cat AND'))
  await client.query('ROLLBACK TO s')
  assert.deepEqual(await ids(client, 'title:9'), [9])
  await client.query('COMMIT')
})

await claim('hostile text is only text', async (client) => {
  for (const text of ["'; DROP TABLE articles; --", "' OR 'a'='a", '\\', "\\'",
    '$1x', '${id}', "E'\\x27'", '"', '\u202e', '\ufeff', '%s', '?', '\n\r\t',
    '{"$ne":null}', 'a'.repeat(100000)]) {
    assert.equal(await value(client, `SELECT count(*)::int FROM articles
      WHERE tsv @~ websearch_to_bi_query($1)`, [text]), 0, text)
    const q = await value(client, 'SELECT plainto_bi_query($1)',
      [text.slice(0, 2000)])
    assert.equal(await value(client, 'SELECT $1::bi_query', [q]), q)
  }
})

await claim('NUL is refused', async (client) => {
  for (const call of ['$1::bi_query', 'websearch_to_bi_query($1)']) {
    const e = await error(client.query(`SELECT ${call}`, ['cat\0dog']))
    assert.equal(e.code, '22021')
  }
})

await claim('half a surrogate pair separates words', async (client) => {
  for (const half of ['\ud83d', '\ude00']) {
    assert.equal(await value(client, 'SELECT websearch_to_bi_query($1)',
      [`cat${half} dog`]), 'cat\ufffd & dog')
    assert.deepEqual(await value(client,
      'SELECT bi_words(websearch_to_bi_query($1))', [`cat${half}dog`]),
    ['cat', 'dog'])
  }
})

await claim('pool with many searches at once', async () => {
  const pool = new pg.Pool({ max: 4 })
  const got = await Promise.all(Array.from({ length: 100 },
    (_, n) => pool.query({ name: 'p', text: found,
      values: [`title:${n + 1}`] })))
  await pool.end()
  assert.deepEqual(got.map(({ rows }) => rows.map((row) => row.id)),
    Array.from({ length: 100 }, (_, n) => [n + 1]))
})
