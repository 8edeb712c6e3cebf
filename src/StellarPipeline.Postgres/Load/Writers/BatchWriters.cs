using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>Makes the writer of a load.</summary>
internal static class BatchWriters
{
    /// <summary>Makes a writer.</summary>
    /// <param name="kind">How rows are written.</param>
    /// <param name="load">The open transaction; the caller disposes it.</param>
    /// <param name="options">Keys and limits; null for the defaults.</param>
    /// <returns>The writer. It need not be disposed; objects that it creates in the session are dropped with the transaction.</returns>
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
            RowWriterKind.Null => new NullWriter(options.Copy),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such writer."),
        };
    }
}
