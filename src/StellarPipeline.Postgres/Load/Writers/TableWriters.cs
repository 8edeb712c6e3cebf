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
        Writer(request.Writers.GetValueOrDefault(batch.Table)).WriteAsync(batch, cancellationToken);

    /// <inheritdoc/>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        foreach (IBatchWriter writer in all) await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private IBatchWriter Writer(RowWriterKind kind)
    {
        if (made.TryGetValue(kind, out IBatchWriter? writer)) return writer;
        made.Add(kind, writer = BatchWriters.Create(kind, load, options));
        writer.Know(known);
        all = [.. all, writer];
        return writer;
    }
}
