using StellarPipeline.Xdr.Ledgers.Walks;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>Finds the end of a ledger: batches of a data store do not store lengths.</summary>
/// <remarks>
/// The whole ledger is read, because its parts do not store their lengths either, but unlike <see cref="LedgerReader"/> it hashes nothing
/// and does not match envelopes with results. One meter per thread; nothing is allocated per ledger once its arrays are large enough.
/// </remarks>
internal sealed class LedgerMeter
{
    private readonly LedgerLayout layout = new();

    /// <summary>Measures the ledger at the start of some bytes.</summary>
    /// <param name="ledger">Bytes that start with an encoded LedgerCloseMeta; anything may follow.</param>
    /// <param name="sequence">Number of the ledger.</param>
    /// <returns>Length of the ledger in bytes.</returns>
    /// <exception cref="LedgerFormatException">The ledger is malformed or truncated.</exception>
    public int Measure(ReadOnlySpan<byte> ledger, out uint sequence)
    {
        int length = LedgerReader.Walk(ledger, layout);
        sequence = layout.Header.Sequence;
        return length;
    }

    /// <summary>Reads the number of a ledger; reads no further than its header.</summary>
    /// <param name="ledger">Bytes that start with an encoded LedgerCloseMeta.</param>
    /// <returns>The number.</returns>
    /// <exception cref="XdrFormatException">The start is malformed or truncated.</exception>
    public static uint ReadSequence(ReadOnlySpan<byte> ledger)
    {
        var reader = new XdrReader(ledger);
        return CloseMetaWalk.ReadStart(ref reader).Header.Sequence;
    }
}
