namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>Work around the batches of a run: autovacuum is postponed, and chunks are compressed.</summary>
internal sealed class RunSurroundings : IAsyncDisposable
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    private readonly BackfillRun run;
    private readonly InsertVacuum vacuum;
    private readonly ChunkCompressor? compressor;

    private RunSurroundings(BackfillRun run, ChunkCompressor? compressor)
    {
        this.run = run;
        this.compressor = compressor;
        vacuum = new InsertVacuum(run);
    }

    /// <summary>Starts it.</summary>
    /// <exception cref="BackfillException">Chunks should be compressed but cannot be.</exception>
    public static async Task<RunSurroundings> EnterAsync(BackfillRun run, string schema, CancellationToken cancellationToken)
    {
        ChunkCompressor? compressor =
            run.Options.Compress ? await ChunkCompressor.CreateAsync(run, schema, cancellationToken).ConfigureAwait(false) : null;
        var surroundings = new RunSurroundings(run, compressor);
        await surroundings.vacuum.PostponeAsync(cancellationToken).ConfigureAwait(false);
        compressor?.Start();
        return surroundings;
    }

    /// <summary>Compresses complete chunks after the last batch.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (compressor is not null) await compressor.FinishAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Remarks for the report, in full sentences.</summary>
    public IEnumerable<string> Remarks()
    {
        foreach (string remark in run.Retention.Remarks) yield return remark;
        if (compressor is null) yield break;
        yield return compressor.Compressed == 1
            ? "1 chunk was compressed."
            : FormattableString.Invariant($"{compressor.Compressed:N0} chunks were compressed.");
        foreach (string remark in compressor.Remarks) yield return remark;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (compressor is not null) await compressor.DisposeAsync().ConfigureAwait(false);
        using var limit = new CancellationTokenSource(EndLimit);
        try
        {
            await vacuum.RestoreAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The next run resets it.
        }
    }
}
