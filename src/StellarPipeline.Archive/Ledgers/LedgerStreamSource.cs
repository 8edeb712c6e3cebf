using System.Runtime.CompilerServices;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>
/// Ledgers from files, a pipe or standard input: frames as validators stream them, data-store objects, or single ledgers.
/// </summary>
/// <remarks>
/// Several files are read one after the other, as if they were one. The next ledger is read and decompressed while the caller works on the
/// last one. Ledgers before the range are skipped.
/// </remarks>
public sealed class LedgerStreamSource : ILedgerSource
{
    private readonly IReadOnlyList<LedgerStreamPart> parts;
    private readonly LedgerStoreOptions options;
    private readonly LedgerWorkbenches benches = new();

    /// <summary>Creates a source for some files or streams.</summary>
    /// <param name="parts">The files, in the order of their ledgers.</param>
    /// <param name="options">Memory limits; null for the defaults.</param>
    /// <exception cref="ArchiveException">An option is out of range.</exception>
    public LedgerStreamSource(IReadOnlyList<LedgerStreamPart> parts, LedgerStoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentOutOfRangeException.ThrowIfZero(parts.Count);
        this.parts = parts;
        this.options = options ?? new LedgerStoreOptions();
        this.options.Validate();
        Location = parts.Count == 1 ? parts[0].Name : FormattableString.Invariant($"{parts[0].Name} and {parts.Count - 1} more");
        Budget = new ByteBudget(this.options.BudgetBytes);
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <summary>True if the ledgers can be read more than once; false for standard input and named pipes.</summary>
    public bool CanBeReadAgain => parts.All(static part => part.CanBeReadAgain);

    /// <summary>The budget for the memory of ledgers.</summary>
    internal ByteBudget Budget { get; }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LedgerBuffer> ReadAsync(
        LedgerRange range, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        uint? expected = null;
        IAsyncEnumerator<LedgerBuffer> ledgers = EachAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (ledgers.ConfigureAwait(false))
        {
            while ((range.Last is not { } last || expected is not { } next || next <= last)
                && await ledgers.MoveNextAsync().ConfigureAwait(false))
            {
                LedgerBuffer ledger = ledgers.Current;
                uint sequence = ledger.Sequence;
                if (expected is null && sequence < range.First)
                {
                    ledger.Dispose();
                    continue;
                }

                if (sequence > (range.Last ?? uint.MaxValue) || sequence != (expected ?? range.First ?? sequence))
                {
                    ledger.Dispose();
                    ThrowNotNext(range, expected, sequence);
                }

                yield return ledger;
                if (sequence == uint.MaxValue)
                    yield break;
                expected = sequence + 1;
            }
        }

        if (range.Last is { } wanted && (expected is not { } end || end <= wanted))
            LedgerThrow.Ended(Location, expected - 1, wanted);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        benches.Dispose();
        return ValueTask.CompletedTask;
    }

    private void ThrowNotNext(LedgerRange range, uint? expected, uint found)
    {
        if (expected is { } next && found < next)
            LedgerThrow.Order(next - 1, found, Location);
        if (expected is { } missing)
            LedgerThrow.Missing(Location, missing, found - 1, found);
        uint first = range.First ?? range.Last ?? found;
        LedgerThrow.Begins(Location, first, found);
    }

    private async IAsyncEnumerable<LedgerBuffer> EachAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (LedgerStreamPart part in parts)
        {
            var input = new LedgerInput(part.Name, Budget, options.MaxObjectBytes, benches);
            Task<LedgerBuffer?>? ahead = null;
            try
            {
                await input.OpenAsync(await part.OpenAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(
                    false);
                ahead = Next(input, cancellationToken);
                while (await ahead.ConfigureAwait(false) is { } ledger)
                {
                    ahead = Next(input, cancellationToken);
                    yield return ledger;
                }
            }
            finally
            {
                if (ahead is not null)
                {
                    await ((Task)ahead).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    if (ahead.IsCompletedSuccessfully)
                        (await ahead.ConfigureAwait(false))?.Dispose();
                }

                await input.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    // Runs on another thread, because decompression is synchronous.
    private static Task<LedgerBuffer?> Next(LedgerInput input, CancellationToken cancellationToken) =>
        Task.Run(() => input.ReadAsync(cancellationToken), CancellationToken.None);
}
