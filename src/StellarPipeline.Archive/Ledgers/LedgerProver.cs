using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>
/// Proves a range of ledgers: reads them from a source, verifies batches in parallel, and joins the chains of the batches in order.
/// </summary>
/// <remarks>One proof at a time. Failure: the error of the first ledger, in order, that cannot be proved.</remarks>
public sealed class LedgerProver
{
    private const int MaxBatchLedgers = 64;
    private const long MaxBatchBytes = 8 << 20;

    private readonly byte[] networkId;
    private readonly IReadOnlyList<LedgerAnchor> anchors;

    /// <summary>Creates a prover for the ledgers of one network.</summary>
    /// <param name="networkId">SHA-256 of the network's passphrase, 32 bytes.</param>
    /// <param name="anchors">Hashes that are known from other sources; null for none.</param>
    public LedgerProver(ReadOnlySpan<byte> networkId, IReadOnlyList<LedgerAnchor>? anchors = null)
    {
        this.networkId = networkId.ToArray();
        this.anchors = anchors ?? [];
    }

    /// <summary>Number of batches that are verified at the same time.</summary>
    /// <value>1 or more. Default: one per processor.</value>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>True accepts ledgers of a protocol newer than any known one, if they decode.</summary>
    public bool AllowNewerProtocol { get; init; }

    /// <summary>
    /// Receives each ledger and its hash once it is verified in itself, from several threads and in any order. Null for none.
    /// </summary>
    public Action<uint, Hash256>? LedgerRead { get; init; }

    /// <summary>Proves ledgers.</summary>
    /// <param name="source">The source of the ledgers.</param>
    /// <param name="range">The ledgers.</param>
    /// <param name="progress">Receives the last ledger up to which all are proved; null for none.</param>
    /// <param name="cancellationToken">Cancels the proof.</param>
    /// <returns>The proof; null if the range is open and the source contains none of it.</returns>
    /// <exception cref="LedgerException">A ledger is missing, damaged, or does not match its hashes.</exception>
    public async Task<LedgerProof?> ProveAsync(
        ILedgerSource source, LedgerRange range, IProgress<uint>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfLessThan(Workers, 1);
        var whole = new LedgerChain(anchors);
        var working = new Queue<Task<LedgerChain>>();
        var batch = new List<LedgerBuffer>();
        long bytes = 0;
        bool isReading = false;
        IAsyncEnumerator<LedgerBuffer> ledgers = source.ReadAsync(range, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            await using (ledgers.ConfigureAwait(false))
            {
                while (true)
                {
                    // While the source waits for memory, pass all ledgers to the workers, which return it.
                    isReading = true;
                    ValueTask<bool> next = ledgers.MoveNextAsync();
                    if (!next.IsCompleted)
                        Hand();
                    bool isLedger = await next.ConfigureAwait(false);
                    isReading = false;
                    if (!isLedger)
                        break;
                    batch.Add(ledgers.Current);
                    bytes += ledgers.Current.Length;
                    if (batch.Count >= MaxBatchLedgers || bytes >= MaxBatchBytes)
                        Hand();
                    while (working.Count > Workers)
                        await JoinAsync().ConfigureAwait(false);
                }
            }

            Hand();
            while (working.Count > 0)
                await JoinAsync().ConfigureAwait(false);
            return whole.Count > 0 ? whole.ToProof() : null;
        }
        catch (Exception error) when (isReading && error is (LedgerException or ArchiveException))
        {
            // Ledgers read before the fault come first: if one of them is wrong, its error is reported.
            Hand();
            while (working.Count > 0)
                await JoinAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            foreach (LedgerBuffer ledger in batch)
                ledger.Dispose();
            await ((Task)Task.WhenAll(working)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        void Hand()
        {
            if (batch.Count == 0)
                return;
            LedgerBuffer[] handed = [.. batch];
            batch.Clear();
            bytes = 0;
            working.Enqueue(Task.Run(() => Prove(handed), CancellationToken.None));
        }

        async Task JoinAsync()
        {
            whole.Join(await working.Dequeue().ConfigureAwait(false));
            progress?.Report(whole.Last);
        }
    }

    private LedgerChain Prove(LedgerBuffer[] ledgers)
    {
        try
        {
            var reader = new LedgerReader(networkId);
            using var verifier = new LedgerVerifier { AllowNewerProtocol = AllowNewerProtocol };
            var chain = new LedgerChain(anchors);
            foreach (LedgerBuffer ledger in ledgers)
            {
                LedgerView view = Read(reader, ledger);
                verifier.Verify(view, ledger);
                chain.Append(view, ledger);
                LedgerRead?.Invoke(chain.Last, chain.LastHash);
                ledger.Dispose();
            }

            return chain;
        }
        finally
        {
            foreach (LedgerBuffer ledger in ledgers)
                ledger.Dispose();
        }
    }

    private static LedgerView Read(LedgerReader reader, LedgerBuffer ledger)
    {
        try
        {
            return reader.Read(ledger.Span);
        }
        catch (LedgerFormatException error)
        {
            throw LedgerThrow.Format(ledger.Location, error);
        }
    }
}
