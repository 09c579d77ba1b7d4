/*
 * bisearch through JDBC.  Prints "ok CLAIM" or "not ok CLAIM" and why for
 * each claim; test/test_drivers.py makes the database and reads it.
 *
 *	java -cp postgresql.jar Client.java URL SEARCHES
 */
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.*;
import java.util.*;

import org.postgresql.PGConnection;
import org.postgresql.PGStatement;
import org.postgresql.util.PGBinaryObject;
import org.postgresql.util.PGobject;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

public class Client {
	static final String FOUND =
		"SELECT id FROM articles WHERE tsv @~ ? ORDER BY id";
	static final String CAST =
		"SELECT id FROM articles WHERE tsv @~ ?::bi_query ORDER BY id";
	static final List<Integer> PHRASE = List.of(50, 100, 150, 200);

	static String url;
	static List<String> searches;

	/* A search that also knows the wire format: a version and the text. */
	public static class BiQuery extends PGobject implements PGBinaryObject {
		static int read;
		static int written;

		public BiQuery() {
			setType("bi_query");
		}

		public BiQuery(String search) throws SQLException {
			this();
			setValue(search);
		}

		private byte[] bytes() {
			return getValue().getBytes(StandardCharsets.UTF_8);
		}

		@Override
		public void setByteValue(byte[] bytes, int offset)
				throws SQLException {
			read++;
			if (bytes[offset] != 1)
				throw new SQLException("version " + bytes[offset]);
			setValue(new String(bytes, offset + 1, bytes.length - offset - 1,
								StandardCharsets.UTF_8));
		}

		@Override
		public int lengthInBytes() {
			return isNull() ? 0 : 1 + bytes().length;
		}

		@Override
		public void toBytes(byte[] out, int offset) {
			byte[] text = bytes();

			written++;
			out[offset] = 1;
			System.arraycopy(text, 0, out, offset + 1, text.length);
		}
	}

	interface Body {
		void run(Connection con) throws Exception;
	}

	/* Run body with a connection of its own, and say how it went. */
	static void claim(String name, String options, Body body) {
		try (Connection con = DriverManager.getConnection(url + options)) {
			body.run(con);
			System.out.println("ok " + name);
		} catch (Throwable e) {
			System.out.println("not ok " + name);
			System.out.println(("" + e).replaceAll("(?m)^", "# "));
			for (StackTraceElement at : e.getStackTrace())
				if (at.getClassName().startsWith("Client"))
					System.out.println("#   " + at);
		}
	}

	static void claim(String name, Body body) {
		claim(name, "", body);
	}

	static void equal(Object expected, Object got) {
		if (!Objects.equals(expected, got))
			throw new AssertionError("expected " + expected + ", got " + got);
	}

	static PGobject search(String text) throws SQLException {
		PGobject q = new PGobject();

		q.setType("bi_query");
		q.setValue(text);
		return q;
	}

	static List<Integer> ids(PreparedStatement statement)
			throws SQLException {
		List<Integer> ids = new ArrayList<>();

		try (ResultSet rows = statement.executeQuery()) {
			while (rows.next())
				ids.add(rows.getInt(1));
		}
		return ids;
	}

	/* The only value of a query; parameters as setObject takes them. */
	static Object value(Connection con, String sql, Object... parameters)
			throws SQLException {
		try (PreparedStatement s = con.prepareStatement(sql)) {
			for (int i = 0; i < parameters.length; i++)
				s.setObject(i + 1, parameters[i]);
			try (ResultSet rows = s.executeQuery()) {
				rows.next();
				return rows.getObject(1);
			}
		}
	}

	static String oid(Connection con) throws SQLException {
		return "" + value(con, "SELECT 'bi_query'::regtype::oid");
	}

	static ServerErrorMessage error(Connection con, String sql,
									Object... parameters) throws Exception {
		try {
			value(con, sql, parameters);
		} catch (PSQLException e) {
			equal(e.getSQLState(), e.getServerErrorMessage().getSQLState());
			return e.getServerErrorMessage();
		}
		throw new AssertionError("no error: " + sql);
	}

	public static void main(String[] args) throws Exception {
		url = args[0];
		searches = List.of(Files.readString(Path.of(args[1])).split("\n", -1));
		parameters();
		plans();
		values();
		arrays();
		errors();
		hostile();
		bulk();
	}

	static void parameters() {
		claim("Types.OTHER has the inferred type", con -> {
			try (PreparedStatement s = con.prepareStatement(FOUND)) {
				s.setObject(1, "\"hurricane loss\"", Types.OTHER);
				equal(PHRASE, ids(s));
				s.setObject(1, "title:9 | title:11", Types.OTHER);
				equal(List.of(9, 11), ids(s));
			}
		});
		claim("string parameter with a cast", con -> {
			for (String call : List.of("?::bi_query", "?::text::bi_query",
									   "to_bi_query(?)",
									   "websearch_to_bi_query(?)"))
				equal(4L, value(con, "SELECT count(*) FROM articles " +
								"WHERE tsv @~ " + call,
								"\"hurricane loss\""));
		});
		claim("string parameter without a cast has the wrong type", con -> {
			equal("42883", error(con, FOUND, "cat").getSQLState());
		});
		claim("string parameter with stringtype=unspecified",
			  "&stringtype=unspecified", con -> {
			equal(50, value(con, FOUND, "\"hurricane loss\""));
		});
		claim("PGobject parameter", con -> {
			equal(50, value(con, FOUND, search("\"hurricane loss\"")));
		});
		claim("simple query protocol", "&preferQueryMode=simple", con -> {
			equal(50, value(con, FOUND, search("\"hurricane loss\"")));
			equal("it's & \"a b\"",
				  value(con, "SELECT ?::bi_query::text", "it's \"a b\""));
		});
		claim("null parameter", con -> {
			try (PreparedStatement s = con.prepareStatement(FOUND)) {
				s.setNull(1, Types.OTHER);
				equal(List.of(), ids(s));
				s.setObject(1, search(null));
				equal(List.of(), ids(s));
			}
			equal(null, value(con, "SELECT NULL::bi_query"));
		});
	}

	static void plans() {
		claim("prepared on the server, custom and generic plans",
			  "&prepareThreshold=2", con -> {
			try (PreparedStatement s = con.prepareStatement(FOUND)) {
				for (int n = 1; n <= 20; n++) {
					s.setObject(1, n % 3 != 0 ? "title:" + n
								: "\"word" + n + " hurricane\"", Types.OTHER);
					equal(n % 3 != 0 ? List.of(n) : List.of(), ids(s));
				}
				equal(true, s.unwrap(PGStatement.class).isUseServerPrepare());
				equal(true, value(con, "SELECT generic_plans > 0 AND " +
								  "parameter_types = '{bi_query}' " +
								  "FROM pg_prepared_statements " +
								  "WHERE statement LIKE '%@~ $1%'"));
			}
		});
		claim("rows fetched in portions", con -> {
			con.setAutoCommit(false);
			try (PreparedStatement s = con.prepareStatement(FOUND)) {
				s.setFetchSize(7);
				s.setObject(1, "word*", Types.OTHER);
				equal(200, ids(s).size());
			}
		});
	}

	static void values() throws SQLException {
		claim("saved searches come back byte for byte", con -> {
			roundTrip(con, Client::search);
		});

		String oid;
		try (Connection con = DriverManager.getConnection(url)) {
			oid = oid(con);
		}
		claim("saved searches come back byte for byte in binary",
			  "&prepareThreshold=-1&binaryTransferEnable=" + oid, con -> {
			con.unwrap(PGConnection.class).addDataType("bi_query",
													   BiQuery.class);
			roundTrip(con, BiQuery::new);
			if (BiQuery.read < searches.size() ||
				BiQuery.written < searches.size())
				throw new AssertionError("not binary");
			equal(50, value(con, FOUND, new BiQuery("\"hurricane loss\"")));
		});
		claim("a search is a PGobject or a string", con -> {
			try (ResultSet rows = con.createStatement().executeQuery(
					 "SELECT 'a and b'::bi_query AS q")) {
				rows.next();
				equal("a & b", rows.getString("q"));
				equal("bi_query", ((PGobject) rows.getObject(1)).getType());
				equal("a & b", ((PGobject) rows.getObject(1)).getValue());
				equal("bi_query", rows.getMetaData().getColumnTypeName(1));
			}
		});
	}

	interface Maker {
		PGobject make(String search) throws SQLException;
	}

	/* Save each search, read it, and save what was read again. */
	static void roundTrip(Connection con, Maker maker) throws SQLException {
		con.createStatement().execute(
			"CREATE TEMP TABLE saved (n int, q bi_query)");
		for (int n = 0; n < searches.size(); n++)
			value(con, "INSERT INTO saved VALUES (?, ?) RETURNING n", n,
				  maker.make(searches.get(n)));
		try (PreparedStatement s = con.prepareStatement(
				 "SELECT q, q::text, n FROM saved ORDER BY n");
			 ResultSet rows = s.executeQuery()) {
			int n = 0;

			for (; rows.next(); n++) {
				String printed = ((PGobject) rows.getObject(1)).getValue();

				equal(rows.getString(2), printed);
				equal(true, value(con, "SELECT q = ? AND q::text = ? " +
								  "FROM saved WHERE n = ?",
								  maker.make(printed), printed, n));
			}
			equal(searches.size(), n);
		}
	}

	static void arrays() {
		claim("array parameters", con -> {
			Array some = con.createArrayOf("bi_query", new String[] {
				"title:7", "\"hurricane loss\"", null, "title:50"});

			try (PreparedStatement s = con.prepareStatement(
					 "SELECT DISTINCT id FROM unnest(?) AS q " +
					 "JOIN articles ON tsv @~ q ORDER BY id")) {
				s.setArray(1, some);
				equal(List.of(7, 50, 100, 150, 200), ids(s));
			}
			equal(5L, value(con, "SELECT count(*) FROM articles " +
							"WHERE tsv @~ ANY (?)", some));
		});
		claim("array results", con -> {
			List<String> sent = new ArrayList<>(searches);

			sent.add(null);
			Array first = (Array) value(con, "SELECT ?", con.createArrayOf(
				"bi_query", sent.toArray()));
			Object[] got = (Object[]) first.getArray();
			equal(sent.size(), got.length);
			equal(null, got[got.length - 1]);
			equal("bi_query", first.getBaseTypeName());
			for (int n = 0; n < got.length; n++)
				equal(got[n] == null ? null : got[n].toString(),
					  value(con, "SELECT ?::bi_query::text", sent.get(n)));
			equal(true, value(con, "SELECT ? = ?",
							  con.createArrayOf("bi_query", got), first));
		});
	}

	static void errors() {
		claim("error fields of a syntax error", con -> {
			for (String sql : List.of("SELECT ?::bi_query",
									  "SELECT to_bi_query(?)", CAST)) {
				ServerErrorMessage e = error(con, sql,
											 "\u00e9t\u00e9 AND (cat");
				equal("42601", e.getSQLState());
				equal("ERROR", e.getSeverity());
				equal("syntax error in bi_query: \"\u00e9t\u00e9 AND (cat\"",
					  e.getMessage());
				equal("At position 9: parenthesis is not closed.",
					  e.getDetail());
				equal("Try: \u00e9t\u00e9 & cat", e.getHint());
				equal(9, e.getInternalPosition());
				equal("\u00e9t\u00e9 AND (cat", e.getInternalQuery());
				equal(0, e.getPosition());
			}
		});
		claim("position in the statement of a literal", con -> {
			ServerErrorMessage e = error(con,
										 "SELECT 1, 'cat AND'::bi_query");

			equal(11, e.getPosition());
			equal(5, e.getInternalPosition());
		});
		claim("other errors have their SQLSTATE", con -> {
			equal("42704", error(con, "SELECT ?::bi_query", "{nope} cat")
				  .getSQLState());
			equal("54000", error(con, "SELECT ?::bi_query", "a".repeat(2047))
				  .getSQLState());
			equal("42601", error(con, FOUND, search("cat AND"))
				  .getSQLState());
		});
		claim("an error does not end the session", con -> {
			con.setAutoCommit(false);
			Savepoint before = con.setSavepoint();
			error(con, CAST, "cat AND");
			con.rollback(before);
			equal(9, value(con, CAST, "title:9"));
			con.commit();
		});
	}

	static void hostile() {
		claim("hostile text is only text", con -> {
			for (String text : List.of("'; DROP TABLE articles; --",
									   "' OR 'a'='a", "\\", "\\'", "$1x",
									   "E'\\x27'", "\"", "\u202e", "\ufeff",
									   "%s", "?", "\n\r\t", "{d '2000-01-01'}",
									   "a".repeat(100000))) {
				equal(0L, value(con, "SELECT count(*) FROM articles WHERE " +
								"tsv @~ websearch_to_bi_query(?)", text));
				String q = value(con, "SELECT plainto_bi_query(?)::text",
								 text.substring(0, Math.min(text.length(),
															2000))) + "";
				equal(q, value(con, "SELECT ?::bi_query::text", q));
			}
		});
		claim("NUL is refused", con -> {
			for (String call : List.of("?::bi_query",
									   "websearch_to_bi_query(?)"))
				equal("22021", error(con, "SELECT " + call, "cat\0dog")
					  .getSQLState());
		});
		claim("half a surrogate pair is no error of the server", con -> {
			for (String half : List.of("\ud83d", "\ude00"))
				value(con, "SELECT websearch_to_bi_query(?)",
					  "cat" + half + " dog");
			equal("\ud83d\ude00", value(con, "SELECT ?", "\ud83d\ude00"));
		});
	}

	static void bulk() {
		claim("batches", "&reWriteBatchedInserts=true", con -> {
			con.createStatement().execute(
				"CREATE TEMP TABLE saved (n int, q bi_query)");
			try (PreparedStatement s = con.prepareStatement(
					 "INSERT INTO saved VALUES (?, ?)")) {
				for (int n = 0; n < 500; n++) {
					s.setInt(1, n);
					s.setObject(2, "word" + n + " AND NOT \"a b\"",
								Types.OTHER);
					s.addBatch();
				}
				equal(500, s.executeBatch().length);
			}
			equal(500L, value(con, "SELECT count(*) FROM saved WHERE " +
							  "q::text = 'word' || n || ' & !\"a b\"'"));
		});
		claim("a bad search fails its batch with its error", con -> {
			con.createStatement().execute(
				"CREATE TEMP TABLE saved (q bi_query)");
			try (PreparedStatement s = con.prepareStatement(
					 "INSERT INTO saved VALUES (?)")) {
				for (String text : List.of("cat", "cat AND", "dog")) {
					s.setObject(1, text, Types.OTHER);
					s.addBatch();
				}
				s.executeBatch();
				throw new AssertionError("no error");
			} catch (BatchUpdateException e) {
				equal("42601", e.getSQLState());
				equal("Try: cat", ((PSQLException) e.getNextException())
					  .getServerErrorMessage().getHint());
			}
			equal(0L, value(con, "SELECT count(*) FROM saved"));
		});
		claim("COPY", con -> {
			con.createStatement().execute(
				"CREATE TEMP TABLE saved (n int, q bi_query)");
			equal(3L, con.unwrap(PGConnection.class).getCopyAPI().copyIn(
				"COPY saved FROM STDIN (FORMAT csv)", new StringReader(
					"1,cat & dog\n2,\"\"\"cat, dog\"\"\"\n3,\n")));
			equal("\"cat, dog\"",
				  value(con, "SELECT q::text FROM saved WHERE n = 2"));
			equal(true, value(con, "SELECT q IS NULL FROM saved " +
							  "WHERE n = 3"));
		});
	}
}
