using System.Globalization;
using System.Text;

namespace StellarPipeline.Postgres.Tests.ForeignKeys;

/// <summary>The schemas that every strategy must load alike.</summary>
internal static class SchemaCases
{
    private const string D = "DEFERRABLE INITIALLY DEFERRED";

    public static IReadOnlyList<SchemaCase> All { get; } =
    [
        Acyclic(
            "no key at all", "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY);", ["a:1", "b:1"], deferrable: true),
        Acyclic("one key", "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p_id int REFERENCES p);",
            ["c:1,1", "p:1"]),
        Acyclic("one deferrable key", $"CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int, p_id int REFERENCES p {D});",
            ["c:1,1", "c:2,NULL", "p:1"], deferrable: true),
        Acyclic("chain of four",
            "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a); CREATE TABLE c (id int PRIMARY " +
                "KEY REFERENCES b); CREATE TABLE d (id int REFERENCES c);",
            ["d:1", "c:1", "b:1", "a:1"]),
        Acyclic(
            "diamond",
            "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a); CREATE TABLE c (id int PRIMARY "
                +
                "KEY, a int REFERENCES a); CREATE TABLE d (b int REFERENCES b, c int REFERENCES c);",
            ["d:1,2", "b:1,7", "c:2,7", "a:7"]),
        Acyclic(
            "two keys between one pair",
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (x int NOT NULL REFERENCES p, y int REFERENCES p);",
            ["c:1,2", "c:2,NULL", "p:1", "p:2"]),
        Acyclic(
            "star",
            "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY); CREATE TABLE "
                + "f (a " +
                "int REFERENCES a, b int REFERENCES b, c int REFERENCES c);",
            ["f:1,2,3", "c:3", "b:2", "a:1"]),
        Acyclic("shared parent",
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE x (p int REFERENCES p); CREATE TABLE y (p int REFERENCES p); CREATE " +
                "TABLE z (p int REFERENCES p);", ["x:1", "y:1", "z:2", "p:1", "p:2"]),
        Acyclic(
            "composite key",
            "CREATE TABLE p (a int, b text, PRIMARY KEY (a, b)); CREATE TABLE c (b text, a int, FOREIGN KEY (a, b) REFERENCES p);",
            ["c:'x',1", "c:NULL,9", "p:1,'x'"]),
        Acyclic("composite key, match full",
            "CREATE TABLE p (a int, b text, PRIMARY KEY (a, b)); CREATE TABLE c (a int, b text, FOREIGN KEY (a, b) " +
                "REFERENCES p MATCH FULL);", ["c:1,'x'", "c:NULL,NULL", "p:1,'x'"]),
        Acyclic(
            "key to a unique constraint",
            "CREATE TABLE p (id int PRIMARY KEY, code text UNIQUE); CREATE TABLE c (code text REFERENCES p (code));",
            ["c:'x'", "p:1,'x'", "p:2,NULL"]),
        Acyclic("key of another type", "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE c (p smallint REFERENCES p);", ["c:5", "p:5"]),
        Acyclic("actions and comment", """
            CREATE TABLE p (id int PRIMARY KEY);
            CREATE TABLE c (p int, CONSTRAINT "The Key" FOREIGN KEY (p) REFERENCES p ON UPDATE CASCADE ON DELETE SET NULL);
            COMMENT ON CONSTRAINT "The Key" ON c IS 'it''s \ "quoted"';
            """, ["c:5", "p:5"]),
        Acyclic("set null of some columns",
            "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE c (a int, b int, FOREIGN KEY (a, b) " +
                "REFERENCES p ON DELETE SET NULL (b));", ["c:1,2", "p:1,2"]),
        Acyclic("cross schema",
            "CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.p (id int PRIMARY KEY); CREATE TABLE two.p (id int REFERENCES " +
                "one.p);", ["two.p:1", "one.p:1"]),
        Acyclic("odd names",
            "CREATE SCHEMA \"A b\"; CREATE TABLE \"A b\".\"select\" (\"Id\" int PRIMARY KEY); CREATE TABLE \"x\"\"y\" (\"from\" int " +
                "CONSTRAINT \"a \"\"b\"\" c\" REFERENCES \"A b\".\"select\");",
            ["\"x\"\"y\":1", "\"A b\".\"select\":1"]),
        Acyclic(
            "parent outside the load",
            "CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1); CREATE TABLE c (p int REFERENCES p);", ["c:1"],
            deferrable: true),
        Acyclic("watched by a table outside",
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE w (p int REFERENCES p); CREATE TABLE c (p int REFERENCES " +
                "p);", ["c:1", "p:1"]),
        Acyclic("not valid",
            "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int); INSERT INTO c VALUES (99); ALTER TABLE c ADD CONSTRAINT k " +
                "FOREIGN KEY (p) REFERENCES p NOT VALID;", ["c:1", "p:1"]),
        Acyclic("partitioned child", """
            CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (kind int, p int REFERENCES p) PARTITION BY LIST (kind);
            CREATE TABLE c1 PARTITION OF c FOR VALUES IN (1); CREATE TABLE c2 PARTITION OF c FOR VALUES IN (2);
            """, ["c:1,1", "c:2,1", "p:1"]),
        Acyclic("partitioned parent", """
            CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
            CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (9) TO (99);
            CREATE TABLE c (p int REFERENCES p);
            """, ["c:1", "c:20", "p:1", "p:20"]),
        Acyclic("partitioned both, in two levels, with clones of other names", """
            CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
            CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (9) TO (99) PARTITION BY RANGE (id); CREATE TABLE p21 PARTITION OF p2 FOR VALUES
              FROM (9) TO (50);
            CREATE TABLE c (kind int, p int CONSTRAINT top REFERENCES p) PARTITION BY LIST (kind);
            CREATE TABLE c1 PARTITION OF c FOR VALUES IN (1) PARTITION BY LIST (kind); CREATE TABLE c11 PARTITION OF c1 FOR VALUES IN (1);
            CREATE TABLE c2 (kind int, p int CONSTRAINT mine REFERENCES p); COMMENT ON CONSTRAINT mine ON c2 IS 'own';
            ALTER TABLE c ATTACH PARTITION c2 FOR VALUES IN (2);
            ALTER TABLE c11 RENAME CONSTRAINT top TO renamed;
            """, ["c:1,1", "c:2,20", "p:1", "p:20"]),
        Acyclic("one partition loaded", """
            CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (kind int, p int REFERENCES p) PARTITION BY LIST (kind);
            CREATE TABLE c1 PARTITION OF c FOR VALUES IN (1);
            """, ["c1:1,1", "p:1"]),
        Acyclic("key of one partition only", """
            CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (kind int, p int) PARTITION BY LIST (kind); CREATE TABLE c1 PARTITION OF c
              FOR VALUES IN (1);
            CREATE TABLE c2 PARTITION OF c FOR VALUES IN (2); ALTER TABLE c2 ADD CONSTRAINT k FOREIGN KEY (p) REFERENCES p;
            """, ["c:1,77", "c:2,1", "p:1"]),
        Acyclic("inherited tables", """
            CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE base (id int, p int REFERENCES p);
            CREATE TABLE heir (CONSTRAINT own FOREIGN KEY (p) REFERENCES p) INHERITS (base);
            """, ["heir:1,1", "base:2,1", "p:1"]),
        Acyclic("polymorphic pair",
            "CREATE TABLE post (id int PRIMARY KEY); CREATE TABLE remark (subject_type text, subject_id int, author_id int " +
                "REFERENCES post);", ["remark:'post',1,1", "post:1"]),
        Acyclic("same constraint name on two tables",
            $"CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int CONSTRAINT k REFERENCES p {D}); CREATE " +
                "TABLE d (p int CONSTRAINT k REFERENCES p);", ["c:1", "d:1", "p:1"]),
        Acyclic(
            "two hundred tables", TwoHundredTables(),
            [.. Enumerable.Range(0, 200).Reverse().Select(
                index => $"t{index}:{index},{(index < 2 ? "NULL" : (index - 1) / 2)},{(index < 10 ? "NULL" : index - 10)}")]),
        Cyclic("self reference, deferrable", $"CREATE TABLE c (id int PRIMARY KEY, up int CONSTRAINT k REFERENCES c {D});",
            ["c:3,2", "c:2,1", "c:1,NULL"], "k", mixed: true, ordered: true),
        Cyclic("self reference, not deferrable", "CREATE TABLE c (id int PRIMARY KEY, up int CONSTRAINT k REFERENCES c);",
            ["c:3,2", "c:2,1", "c:1,NULL"], "k", mixed: false, ordered: false),
        Cyclic("partitioned self reference", $"""
            CREATE TABLE c (id int PRIMARY KEY, up int CONSTRAINT k REFERENCES c {D}) PARTITION BY RANGE (id);
            CREATE TABLE c1 PARTITION OF c FOR VALUES FROM (0) TO (2);
            CREATE TABLE c2 PARTITION OF c FOR VALUES FROM (2) TO (9);
            """, ["c:3,1", "c:2,3", "c:1,2"], "k", mixed: true, ordered: true),
        Cyclic("cycle of two, both deferrable",
            $"CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL " +
                $"REFERENCES a {D}); ALTER TABLE a ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES b {D};",
            ["a:1,2", "b:2,1"], "k", mixed: true, ordered: true),
        Cyclic("cycle of two with one nullable edge",
            $"CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); CREATE TABLE b (id int PRIMARY KEY, a int " +
                $"CONSTRAINT k REFERENCES a {D}); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b {D};",
            ["a:1,2", "b:2,1", "b:3,NULL"], "k", mixed: true, ordered: true),
        Cyclic("cycle of two, one key deferrable",
            $"CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); CREATE TABLE b (id int PRIMARY KEY, a int " +
                "REFERENCES a); ALTER TABLE a ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES b DEFERRABLE;",
            ["b:2,1", "a:1,2"], "k", mixed: false, ordered: true),
        Cyclic("cycle of two, none deferrable",
            "CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); CREATE TABLE b (id int PRIMARY KEY, a int " +
                "CONSTRAINT k REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;",
            ["a:1,2", "b:2,1"], "k", mixed: false, ordered: false),
        Cyclic("cycle of five", CycleOfFive(D), ["a:1,1", "b:1,1", "c:1,1", "d:1,1", "e:1,1"], "a_fk", mixed: true, ordered: true),
        Cyclic("overlapping cycles", $"""
            CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int CONSTRAINT b_a REFERENCES a {D}, c int);
            CREATE TABLE c (id int PRIMARY KEY, b int NOT NULL CONSTRAINT c_b REFERENCES b {D});
            ALTER TABLE a ALTER b SET NOT NULL, ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b {D};
            ALTER TABLE b ADD CONSTRAINT b_c FOREIGN KEY (c) REFERENCES c {D};
            """, ["a:1,2", "b:2,1,3", "c:3,2"], "b_a b_c", mixed: true, ordered: true),
        Cyclic("two cycles and a bridge", $"""
            CREATE TABLE a (id int PRIMARY KEY, b int, c int); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a {D});
            ALTER TABLE a ADD CONSTRAINT k1 FOREIGN KEY (b) REFERENCES b {D};
            CREATE TABLE c (id int PRIMARY KEY, d int); CREATE TABLE d (id int PRIMARY KEY, c int NOT NULL REFERENCES c {D});
            ALTER TABLE c ADD CONSTRAINT k2 FOREIGN KEY (d) REFERENCES d {D};
            ALTER TABLE a ADD FOREIGN KEY (c) REFERENCES c;
            """, ["a:1,1,1", "b:1,1", "c:1,1", "d:1,1"], "k1 k2", mixed: false, ordered: true),
        Cyclic("cycle across schemas with a shared name", $"""
            CREATE SCHEMA s; CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE q (p int CONSTRAINT k REFERENCES p);
            CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE s.b (id int PRIMARY KEY, a int NOT NULL REFERENCES a {D});
            ALTER TABLE a ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES s.b {D};
            """, ["a:1,1", "s.b:1,1", "q:1", "p:1"], "k", mixed: false, ordered: true),
    ];

    public static TheoryData<string> Names => [.. All.Select(schema => schema.Name)];

    public static SchemaCase Named(string name) => All.Single(schema => schema.Name == name);

    private static SchemaCase Acyclic(string name, string ddl, string[] rows, bool deferrable = false) =>
        new(name, ddl, Batches(rows), "", deferrable, true);

    private static SchemaCase Cyclic(string name, string ddl, string[] rows, string deferred, bool mixed, bool ordered) =>
        new(name, ddl, Batches(rows), deferred, mixed, ordered);

    private static List<(string, string)> Batches(string[] rows) =>
        [.. rows.Select(row => row.Split(':', 2)).Select(parts => (parts[0], $"INSERT INTO {parts[0]} VALUES ({parts[1]})"))];

    private static string CycleOfFive(string deferral)
    {
        const string Names = "abcde";
        string tables = string.Concat(Names.Select(name => $"CREATE TABLE {name} (id int PRIMARY KEY, next int NOT NULL); "));
        return tables
            + string.Concat(Names.Select((name, index) => $"ALTER TABLE {name} ADD CONSTRAINT {name}_fk FOREIGN KEY (next) REFERENCES " +
                $"{Names[(index + 1) % 5]} {deferral}; "));
    }

    private static string TwoHundredTables()
    {
        var ddl = new StringBuilder();
        for (int index = 0; index < 200; index++)
        {
            ddl.Append(CultureInfo.InvariantCulture, $"CREATE TABLE t{index} (id int PRIMARY KEY");
            ddl.Append(CultureInfo.InvariantCulture, $", x int{(index < 2 ? "" : $" REFERENCES t{(index - 1) / 2}")}, y " +
                $"int{(index < 10 ? "" : $" REFERENCES t{index - 10}")});\n");
        }

        return ddl.ToString();
    }
}
