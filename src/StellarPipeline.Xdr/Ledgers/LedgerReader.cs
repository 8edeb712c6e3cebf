using StellarPipeline.Xdr.Ledgers.Walks;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>
/// Reads ledgers: one pass over the bytes of each checks everything and records where its parts are; every result is matched with its
/// envelope.
/// </summary>
/// <remarks>
/// Input: an encoded LedgerCloseMeta, versions 0 to 2. Output: a view over the same bytes, valid until the next ledger is read. One reader
/// per thread. Its arrays are reused, so that nothing is allocated per ledger once they are large enough. Lengths, counts and depths are
/// checked before they are used. Format: Stellar-ledger.x, up to protocol 30.
/// </remarks>
public sealed class LedgerReader
{
    private readonly LedgerLayout layout = new();
    private readonly TransactionMatcher matcher;

    /// <summary>Creates a reader for the ledgers of one network.</summary>
    /// <param name="networkId">SHA-256 of the network's passphrase, 32 bytes; it is part of the hash of every transaction.</param>
    /// <exception cref="ArgumentException">The id does not have 32 bytes.</exception>
    public LedgerReader(ReadOnlySpan<byte> networkId)
    {
        if (networkId.Length != Wire.HashBytes)
            throw new ArgumentException($"A network id has {Wire.HashBytes} bytes, not {networkId.Length}.", nameof(networkId));
        matcher = new TransactionMatcher(networkId);
    }

    /// <summary>Reads a ledger.</summary>
    /// <param name="ledger">Exactly one encoded LedgerCloseMeta.</param>
    /// <returns>A view over it.</returns>
    /// <exception cref="LedgerFormatException">The ledger is malformed, truncated, followed by further bytes, or its transactions and
    /// results do not match.</exception>
    public LedgerView Read(ReadOnlySpan<byte> ledger)
    {
        LedgerView view = ReadStart(ledger);
        if (view.Length != ledger.Length)
        {
            throw new LedgerFormatException(view.Sequence, 0, 0, view.Length,
                $"The ledger ends here, but {ledger.Length - view.Length} more bytes follow.");
        }

        return view;
    }

    /// <summary>Reads the ledger at the start of some bytes, for example in a batch.</summary>
    /// <param name="ledger">Bytes that start with an encoded LedgerCloseMeta; anything may follow.</param>
    /// <returns>A view over it, which has its length.</returns>
    /// <exception cref="LedgerFormatException">The ledger is malformed or truncated, or its transactions and results do not
    /// match.</exception>
    public LedgerView ReadStart(ReadOnlySpan<byte> ledger)
    {
        int length = Walk(ledger, layout);
        matcher.Match(ledger, layout);
        return new LedgerView(ledger[..length], layout);
    }

    /// <summary>Reads through the ledger at the start of some bytes.</summary>
    /// <param name="ledger">Bytes that start with an encoded LedgerCloseMeta; anything may follow.</param>
    /// <param name="layout">Records where its parts are.</param>
    /// <returns>Length of the ledger in bytes.</returns>
    /// <exception cref="LedgerFormatException">The ledger is malformed or truncated.</exception>
    internal static int Walk(ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        layout.Clear();
        var reader = new XdrReader(ledger);
        try
        {
            CloseMetaWalk.Read(ref reader, ledger, layout);
        }
        catch (XdrFormatException error)
        {
            long offset = layout.CurrentBase + error.ByteOffset;
            XdrFormatException placed = error.WithBaseOffset(layout.CurrentBase);
            uint? protocol = layout.Header.HasProtocolVersion ? layout.Header.ProtocolVersion : null;
            string problem = protocol is { } known ? $"{placed.Finding} {Verdict(known)}" : placed.Message;
            throw new LedgerFormatException(
                layout.Header.Sequence, layout.CurrentTransaction, layout.CurrentOperation, offset, problem, error)
            {
                ProtocolVersion = protocol,
            };
        }

        return reader.Position;
    }

    private static string Verdict(uint protocol) => StellarProtocols.IsKnown(protocol)
        ? FormattableString.Invariant(
            $"The ledger's header has protocol {protocol}, and this program knows every protocol up to {StellarProtocols.Newest}, ")
            + "so the data is damaged: fetch it again, from another source if the error persists."
        : $"{StellarProtocols.Ahead(protocol)} Update the program.";
}
