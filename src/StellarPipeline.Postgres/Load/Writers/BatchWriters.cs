using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Makes the writer of a load.</summary>
internal static class BatchWriters
{
    /// <summary>Makes a writer.</summary>
    /// <param name="kind">How rows are brought into their tables.</param>
    /// <param name="load">The open transaction; stays the caller's.</param>
    /// <param name="options">Keys and limits; null for the defaults.</param>
    /// <returns>The writer. It holds nothing that must be given back; what it makes in the session goes with the transaction.</returns>
    public static IBatchWriter Create(RowWriterKind kind, LoadTransaction load, BatchWriterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(load);
        options ??= new BatchWriterOptions();
        return kind switch
        {
            RowWriterKind.Copy => new CopySink(load, options.Copy),
            RowWriterKind.InsertOrIgnore => new InsertOrIgnoreWriter(load, options),
            RowWriterKind.Upsert => new UpsertWriter(load, options),
            RowWriterKind.UpsertAndDelete => new UpsertAndDeleteWriter(load, options),
            RowWriterKind.Null => new NullWriter(),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such writer."),
        };
    }
}
