using System.Reflection;
using System.Text;
using System.Xml.Linq;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.ForeignKeys.Audit;

public sealed class AuditTests
{
    [Fact]
    public void Record_EveryKindOfValue_IsOneLineOfJson()
    {
        var stream = new MemoryStream();
        using var sink = new JsonLinesAuditSink(stream, new FixedClock());

        sink.Record(new AuditEvent("x", AuditSeverity.Warning,
            [new("text", "a\n\"ä\""), new("flag", true), new("int", 1), new("long", 2L), new("double", 0.5), new("infinite", double.NaN),
                new("none", null), new("list", new[] { "p", "q" }), new("other", 'c')]));
        sink.Record(new AuditEvent("y", AuditSeverity.Information, []));

        Assert.Equal(
            """
            {"time":"2026-11-20T12:30:00Z","event":"x","severity":"warning","text":"a\n\"ä\"","flag":true,"int":1,"long":2,"double":0.5,"infinite":
            "NaN","none":null,"list":["p","q"],"other":"c"}
            {"time":"2026-11-20T12:30:00Z","event":"y","severity":"information"}

            """.ReplaceLineEndings("\n").Replace("\"infinite\":\n", "\"infinite\":", StringComparison.Ordinal),
            Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public async Task Open_NewFile_IsReadableByItsOwnerOnlyAndAppended()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            for (int run = 0; run < 2; run++)
            {
                using var sink = JsonLinesAuditSink.Open(path);
                sink.Record(new AuditEvent("x", AuditSeverity.Information, []));
            }

            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            Assert.Equal(2, (await File.ReadAllLinesAsync(path)).Length);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Open_ImpossibleFile_SaysWhatToDo()
    {
        ForeignKeyException error = Assert.Throws<ForeignKeyException>(
            () => JsonLinesAuditSink.Open(Path.Combine(Path.GetTempPath(), "absent-" + Guid.NewGuid(), "audit.jsonl")));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("Name a file in an existing folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Record_Logger_GetsLevelNameFieldsAndLine()
    {
        var logger = new RecordingLogger();
        var second = new RecordingAudit();
        var sink = new CompositeAuditSink(new LoggerAuditSink(logger), second);

        sink.Record(
            new AuditEvent("fk", AuditSeverity.Warning,
                [new("constraint", "k"), new("rows", 3L), new("keys", new[] { "(1)", "(2)" }), new("seconds", null)]));

        (LogLevel level, string? name, string[]? fields, string? line) = Assert.Single(logger.Entries);
        Assert.Equal((LogLevel.Warning, "fk"), (level, name));
        Assert.Equal(["event", "constraint", "rows", "keys", "seconds", "{OriginalFormat}"], fields);
        Assert.Equal("fk constraint=k rows=3 keys=[(1); (2)] seconds=-", line);
        Assert.Single(second.Events);
    }

    /// <summary>
    /// The documented fields are the real ones: each event of real loads is compared with the list in its constant's documentation.
    /// </summary>
    [SkippableFact]
    public async Task Load_EveryEvent_HasExactlyTheDocumentedFields()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("""
            CREATE TABLE a (id int PRIMARY KEY, b int, x_type text, x_id int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
            CREATE TABLE w (a int REFERENCES a);
            ALTER TABLE a ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES b DEFERRABLE;
            CREATE INDEX a_b ON a (b);
            ALTER TABLE w ADD CONSTRAINT old FOREIGN KEY (a) REFERENCES a NOT VALID;
            """);
        await using NpgsqlConnection connection = await database.DataSource.OpenConnectionAsync();
        var audit = new RecordingAudit();
        foreach (ForeignKeyChoice choice in new[] { ForeignKeyChoice.Replica, ForeignKeyChoice.Recreate, ForeignKeyChoice.Ordered })
        {
            var options = new ForeignKeyOptions
            {
                Choice = choice, WritesParentsFirst = true, IndexRebuild = IndexRebuild.Always,
                TablesThatNeedIndexes = new HashSet<QualifiedName> { new("public", "b") }
            };
            ForeignKeyLoad load = await ForeignKeyLoad.PrepareAsync(connection, ["a", "b"], options, audit);
            await connection.LoadAsync(load.Strategy);
        }

        ForeignKeyLoad withWarning = await ForeignKeyLoad.PrepareAsync(connection, ["w", "a", "b"], new ForeignKeyOptions(), audit);
        await connection.LoadAsync(withWarning.Strategy);

        Dictionary<string, string[]> documented = DocumentedFields();
        Assert.All(audit.Events, auditEvent => Assert.Equal(documented[auditEvent.Name], auditEvent.Fields.Select(field => field.Key)));
        Assert.Equal(documented.Keys.Order(StringComparer.Ordinal),
            audit.Events.Select(auditEvent => auditEvent.Name).Distinct().Order(StringComparer.Ordinal));
    }

    private static Dictionary<string, string[]> DocumentedFields()
    {
        string documentation = Path.ChangeExtension(typeof(AuditEvents).Assembly.Location, ".xml");
        var members =
            System.Xml.Linq.XDocument.Load(documentation).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);
        var fields = new Dictionary<string, string[]>();
        foreach (FieldInfo constant in typeof(AuditEvents).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            XElement summary = members[$"F:{typeof(AuditEvents).FullName}.{constant.Name}"].Element("summary")!;
            fields.Add((string)constant.GetRawConstantValue()!, [.. summary.Elements("c").Select(element => element.Value)]);
        }

        return fields;
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 20, 12, 30, 0, TimeSpan.Zero);
    }

    private sealed class RecordingLogger : ILogger
    {
        public List<(LogLevel Level, string? Name, string[] Fields, string Line)> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            KeyValuePair<string, object?>[] fields = Assert.IsType<KeyValuePair<string, object?>[]>(state);
            Entries.Add((logLevel, eventId.Name, [.. fields.Select(field => field.Key)], formatter(state, exception)));
        }
    }
}
