using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Load.Writers;

/// <summary>A database with a table, rows for it, and one transaction that writes them.</summary>
internal sealed class WriterCase(TestDatabase database) : IAsyncDisposable
{
    public static readonly CopyTable Table = new("item", "id", "name", "amount");

    public static readonly CopyTable Marked = new("item", "id", "name", "amount", "is_gone");

    public TestDatabase Database { get; } = database;

    public PagePool Pool { get; } = new();

    /// <summary>Most rows of a batch that is handed over as arrays; larger ones are staged.</summary>
    public int MaxArrayRows { get; private init; }

    /// <param name="ddl">Makes the table.</param>
    /// <param name="maxArrayRows">See <see cref="MaxArrayRows"/>; null for the writers' default.</param>
    public static async Task<WriterCase> CreateAsync(
        string ddl = "CREATE TABLE item (id bigint PRIMARY KEY, name text, amount integer NOT NULL)", int? maxArrayRows = null)
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(ddl);
        return new WriterCase(database) { MaxArrayRows = maxArrayRows ?? new BatchWriterOptions().MaxArrayRows };
    }

    /// <summary>A batch of (id, name, amount); without amount the key is gone; without id it is NULL.</summary>
    public RowBatch Batch(CopyTable table, params (long? Id, string? Name, int? Amount)[][] pages)
    {
        bool isMarked = table.Columns.Count == 4;
        return RowBatch.Create([.. pages.Select((rows, number) => Page(rows, $"page {number + 1}"))]);

        RowPage Page((long? Id, string? Name, int? Amount)[] rows, string location)
        {
            using var writer = new RowPageWriter(table, Pool);
            foreach ((long? id, string? name, int? amount) in rows)
            {
                writer.BeginRow();
                if (id is { } key) writer.WriteInt64(key);
                else writer.WriteNull();
                if (name is null) writer.WriteNull();
                else writer.WriteText(System.Text.Encoding.UTF8.GetBytes(name));
                if (amount is { } number) writer.WriteInt32(number);
                else writer.WriteNull();
                if (isMarked) writer.WriteBoolean(amount is null);
                writer.EndRow();
            }

            return writer.Take(location)!;
        }
    }

    /// <summary>Writes batches in one transaction and commits.</summary>
    public async Task<CopyCounters> WriteAsync(RowWriterKind kind, BatchWriterOptions? options, params RowBatch[] batches)
    {
        await using LoadTransaction load = await LoadTransaction.OpenAsync(Database.DataSource);
        IBatchWriter writer = Writer(kind, load, options);
        foreach (RowBatch batch in batches) await writer.WriteAsync(batch);
        await writer.CompleteAsync();
        await load.CommitAsync();
        Assert.Equal(0, Pool.Outstanding);
        return Assert.Single(writer.Counters);
    }

    /// <summary>Writes a batch that must be refused, in a transaction that cannot be committed then.</summary>
    public async Task<DatabaseException> RefuseAsync(RowWriterKind kind, RowBatch batch, BatchWriterOptions? options = null)
    {
        await using LoadTransaction load = await LoadTransaction.OpenAsync(Database.DataSource);
        IBatchWriter writer = Writer(kind, load, options);
        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => writer.WriteAsync(batch));
        await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);
        Assert.Equal(0, Pool.Outstanding);
        Assert.Empty(writer.Counters);
        return error;
    }

    public IBatchWriter Writer(RowWriterKind kind, LoadTransaction load, BatchWriterOptions? options = null) =>
        BatchWriters.Create(kind, load, (options ?? new BatchWriterOptions()) with { MaxArrayRows = MaxArrayRows });

    public Task<List<string>> RowsAsync(string columns = "id, name, amount") =>
        Database.RowsAsync($"SELECT {columns} FROM item ORDER BY id");

    public static BatchWriterOptions Rules(params string[] neverUpdated) =>
        new() { Tables = new Dictionary<string, TableWriteRules> { ["item"] = new() { NeverUpdated = neverUpdated } } };

    public static BatchWriterOptions Key(params string[] columns) =>
        new() { Tables = new Dictionary<string, TableWriteRules> { ["item"] = new() { KeyColumns = columns } } };

    public static (long, long, long, long, long, long) Numbers(CopyCounters counters) =>
        (counters.Rows, counters.Inserted, counters.Updated, counters.Deleted, counters.Ignored, counters.NotFound);

    public ValueTask DisposeAsync() => Database.DisposeAsync();
}
