using StellarPipeline.Postgres.Tables;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load.Writers;

/// <summary>The writers of one load: each batch goes to the writer that the plan chose for its table.</summary>
internal sealed class TableWriters : IBatchWriter
{
    private readonly LoadTransaction load;
    private readonly LoadRequest request;
    private readonly BatchWriterOptions options;
    private readonly Dictionary<RowWriterKind, IBatchWriter> made = [];
    private volatile IBatchWriter[] all = [];
    private TableState[] known = [];

    public TableWriters(LoadTransaction load, LoadRequest request, CopySinkOptions copy)
    {
        this.load = load;
        this.request = request;
        options = new BatchWriterOptions { Copy = copy, Tables = request.WriteRules };
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<CopyCounters> Counters => [.. all.SelectMany(writer => writer.Counters)];

    /// <inheritdoc/>
    public void Know(IEnumerable<TableState> states)
    {
        known = [.. states];
        foreach (IBatchWriter writer in all) writer.Know(known);
    }

    /// <inheritdoc/>
    public Task WriteAsync(RowBatch batch, CancellationToken cancellationToken = default) =>
        WriteAsync([batch], cancellationToken);

    /// <summary>
    /// Writes batches of different tables, in order. Those that are written by COPY and follow each other share round trips.
    /// </summary>
    /// <param name="batches">The batches; the writers become their owners.</param>
    /// <param name="cancellationToken">Like that of <see cref="WriteAsync(RowBatch, CancellationToken)"/>.</param>
    public async Task WriteAsync(IReadOnlyList<RowBatch> batches, CancellationToken cancellationToken)
    {
        int next = 0;
        try
        {
            while (next < batches.Count)
            {
                List<RowBatch> together = [.. batches.Skip(next).TakeWhile(batch => Writer(KindOf(batch)) is CopySink)];
                next += Math.Max(1, together.Count);
                await (together.Count == 0 ? Writer(KindOf(batches[next - 1])).WriteAsync(batches[next - 1], cancellationToken)
                    : ((CopySink)Writer(RowWriterKind.Copy)).CopyTogetherAsync(together, cancellationToken)).ConfigureAwait(false);
            }
        }
        finally
        {
            foreach (RowBatch batch in batches.Skip(next)) batch.Dispose();
        }
    }

    /// <inheritdoc/>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        foreach (IBatchWriter writer in all) await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private RowWriterKind KindOf(RowBatch batch) => request.Writers.GetValueOrDefault(batch.Table);

    private IBatchWriter Writer(RowWriterKind kind)
    {
        if (made.TryGetValue(kind, out IBatchWriter? writer)) return writer;
        made.Add(kind, writer = BatchWriters.Create(kind, load, options));
        writer.Know(known);
        all = [.. all, writer];
        return writer;
    }
}
