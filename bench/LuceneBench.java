import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.StringTokenizer;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.MultiDocValues;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MultiTermQuery;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopFieldCollector;
import org.apache.lucene.search.WildcardQuery;
import org.apache.lucene.search.spans.SpanNearQuery;
import org.apache.lucene.search.spans.SpanQuery;
import org.apache.lucene.search.spans.SpanTermQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;

/**
 * Lucene's part of bench/index.
 *
 *   LuceneBench build DIR FILE...   index the articles of the files, one a
 *                                   line: id, tab, words; into one segment
 *   LuceneBench insert DIR FILE     add the articles to a new index, one after
 *                                   the other; prints nanoseconds a row
 *   LuceneBench serve DIR           answer requests from standard input
 *
 * A request is "count QUERY" or "newest N QUERY", a query words in prefix
 * order:
 *
 *   w WORD    p N WORD...    * PREFIX    n DISTANCE WORD WORD
 *   ~ EDITS WORD    ? PATTERN
 *   & N QUERY...    | N QUERY...    ! QUERY QUERY (the first, not the other)
 *
 * The answer is the nanoseconds of processor time that the thread spent, and
 * the count, or the ids.  Nothing is kept from one request for the next.
 */
public final class LuceneBench {
    private static final String FIELD = "body";

    private LuceneBench() {
    }

    public static void main(String[] args) throws IOException {
        Path where = Paths.get(args[1]);
        switch (args[0]) {
            case "build":
                build(where, args);
                break;
            case "insert":
                insert(where, Paths.get(args[2]));
                break;
            default:
                serve(where);
        }
    }

    private static long clock() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static IndexWriter open(Directory directory) throws IOException {
        IndexWriterConfig config =
            new IndexWriterConfig(new WhitespaceAnalyzer());
        config.setRAMBufferSizeMB(256);
        config.setMergeScheduler(new SerialMergeScheduler());
        // newest first, so that "newest 10" ends early
        config.setIndexSort(
            new Sort(new SortField("id", SortField.Type.LONG, true)));
        return new IndexWriter(directory, config);
    }

    private static void add(IndexWriter writer, String line)
            throws IOException {
        int tab = line.indexOf('\t');
        Document document = new Document();
        document.add(new NumericDocValuesField(
            "id", Long.parseLong(line.substring(0, tab))));
        document.add(new TextField(
            FIELD, line.substring(tab + 1), Field.Store.NO));
        writer.addDocument(document);
    }

    private static void build(Path where, String[] args) throws IOException {
        try (Directory directory = FSDirectory.open(where);
                IndexWriter writer = open(directory)) {
            for (int i = 2; i < args.length; i++) {
                try (BufferedReader in =
                        Files.newBufferedReader(Paths.get(args[i]))) {
                    for (String s = in.readLine(); s != null;
                            s = in.readLine()) {
                        add(writer, s);
                    }
                }
            }
            writer.forceMerge(1);
            writer.commit();
        }
    }

    private static void insert(Path where, Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        long spent = 0;
        int rows = 0;
        try (Directory directory = FSDirectory.open(where);
                IndexWriter writer = open(directory)) {
            for (int i = 0; i < lines.size(); i++) {
                if (i == lines.size() / 2) {
                    // the first half is to warm up
                    writer.commit();
                    spent = clock();
                }
                add(writer, lines.get(i));
                rows = i - lines.size() / 2 + 1;
            }
            writer.commit();
            spent = clock() - spent;
        }
        System.out.println(spent / Math.max(rows, 1));
    }

    private static void serve(Path where) throws IOException {
        try (Directory directory = FSDirectory.open(where);
                DirectoryReader reader = DirectoryReader.open(directory)) {
            IndexSearcher searcher = new IndexSearcher(reader);
            searcher.setQueryCache(null);
            BufferedReader in = new BufferedReader(new InputStreamReader(
                System.in, StandardCharsets.UTF_8));
            PrintStream out = new PrintStream(System.out, true, "UTF-8");
            for (String s = in.readLine(); s != null; s = in.readLine()) {
                StringTokenizer words = new StringTokenizer(s, " ");
                long begin = clock();
                String answer = words.nextToken().equals("count")
                    ? Integer.toString(searcher.count(parse(words)))
                    : newest(reader, searcher,
                             Integer.parseInt(words.nextToken()),
                             parse(words));
                out.println((clock() - begin) + " " + answer);
            }
        }
    }

    private static String newest(DirectoryReader reader,
            IndexSearcher searcher, int n, Query query) throws IOException {
        TopFieldCollector collector = TopFieldCollector.create(
            new Sort(new SortField("id", SortField.Type.LONG, true)), n, n);
        searcher.search(query, collector);
        List<Integer> docs = new ArrayList<>();
        for (ScoreDoc found : collector.topDocs().scoreDocs) {
            docs.add(found.doc);
        }
        docs.sort(null);
        NumericDocValues ids =
            MultiDocValues.getNumericValues(reader, "id");
        StringBuilder answer = new StringBuilder();
        for (Iterator<Integer> it = docs.iterator(); it.hasNext();) {
            ids.advanceExact(it.next());
            answer.append(ids.longValue()).append(it.hasNext() ? " " : "");
        }
        return answer.toString();
    }

    private static Term term(String word) {
        return new Term(FIELD, word);
    }

    private static Query parse(StringTokenizer words) {
        String kind = words.nextToken();
        switch (kind) {
            case "w":
                return new TermQuery(term(words.nextToken()));
            case "*":
                return new PrefixQuery(term(words.nextToken()));
            case "~":
                int edits = Integer.parseInt(words.nextToken());
                // all words that match, not the best 50
                FuzzyQuery fuzzy = new FuzzyQuery(
                    term(words.nextToken()), edits, 0, 1024, true);
                fuzzy.setRewriteMethod(MultiTermQuery.CONSTANT_SCORE_REWRITE);
                return fuzzy;
            case "?":
                return new WildcardQuery(term(words.nextToken()));
            case "p":
                PhraseQuery.Builder phrase = new PhraseQuery.Builder();
                for (int n = Integer.parseInt(words.nextToken()); n > 0; n--) {
                    phrase.add(term(words.nextToken()));
                }
                return phrase.build();
            case "n":
                int distance = Integer.parseInt(words.nextToken());
                SpanQuery[] sides = {
                    new SpanTermQuery(term(words.nextToken())),
                    new SpanTermQuery(term(words.nextToken()))
                };
                return new SpanNearQuery(sides, distance - 1, false);
            case "!":
                return new BooleanQuery.Builder()
                    .add(parse(words), Occur.MUST)
                    .add(parse(words), Occur.MUST_NOT).build();
            case "&":
            case "|":
                BooleanQuery.Builder some = new BooleanQuery.Builder();
                Occur occur = kind.equals("&") ? Occur.MUST : Occur.SHOULD;
                for (int n = Integer.parseInt(words.nextToken()); n > 0; n--) {
                    some.add(parse(words), occur);
                }
                return some.build();
            default:
                throw new IllegalArgumentException(kind);
        }
    }
}
