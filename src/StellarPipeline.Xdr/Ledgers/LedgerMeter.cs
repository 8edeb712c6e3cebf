using StellarPipeline.Xdr.Ledgers.Walks;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>Finds where a ledger ends: batches of a data store tell no lengths.</summary>
/// <remarks>
/// The whole ledger is gone over, because its parts tell no lengths either, but unlike <see cref="LedgerReader"/> it hashes nothing and
/// matches no envelope with its result. One meter per thread; nothing is allocated per ledger once its arrays are large enough.
/// </remarks>
internal sealed class LedgerMeter
{
    private readonly LedgerLayout layout = new();

    /// <summary>Measures the ledger at the start of some bytes.</summary>
    /// <param name="ledger">Starts with an encoded LedgerCloseMeta; anything may follow.</param>
    /// <param name="sequence">Number of the ledger.</param>
    /// <returns>Bytes of the ledger.</returns>
    /// <exception cref="LedgerFormatException">The ledger is malformed or truncated.</exception>
    public int Measure(ReadOnlySpan<byte> ledger, out uint sequence)
    {
        int length = LedgerReader.Walk(ledger, layout);
        sequence = layout.Header.Sequence;
        return length;
    }

    /// <summary>Reads the number of a ledger: the walk ends behind its header.</summary>
    /// <param name="ledger">Starts with an encoded LedgerCloseMeta.</param>
    /// <returns>The number.</returns>
    /// <exception cref="XdrFormatException">The start is malformed or truncated.</exception>
    public static uint ReadSequence(ReadOnlySpan<byte> ledger)
    {
        var reader = new XdrReader(ledger);
        return CloseMetaWalk.ReadStart(ref reader).Header.Sequence;
    }
}
