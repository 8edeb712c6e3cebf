using System.Buffers.Binary;
using System.Security.Cryptography;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>
/// Proves a ledger in itself: its header matches its hash, and its transaction set and results match their hashes in the header.
/// </summary>
/// <remarks>
/// <see cref="LedgerChain"/> proves that it follows another ledger. Data that no hash in the header covers cannot be proved: the metadata
/// (changes of entries, events that no result names), for which the node that wrote the ledgers is trusted. Nothing is allocated per
/// ledger. One caller at a time; each worker has its own verifier. Format: TxSetFrame and LedgerManagerImpl of stellar-core; a legacy set
/// is hashed as the hash of its previous ledger and its envelopes, without their count.
/// </remarks>
public sealed class LedgerVerifier : IDisposable
{
    private readonly IncrementalHash hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>True accepts ledgers of a protocol newer than any known one, if they decode.</summary>
    public bool AllowNewerProtocol { get; init; }

    /// <summary>Proves a ledger.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="location">Where it came from, for messages; a <see cref="LedgerBuffer"/> can be passed.</param>
    /// <exception cref="LedgerException">A hash is wrong, or the protocol is newer than this program (codes HEADER_HASH, TXSET_HASH,
    /// RESULT_HASH, PROTOCOL_UNSUPPORTED).</exception>
    public void Verify(LedgerView ledger, object? location = null)
    {
        LedgerHeaderEntryView entry = ledger.HeaderEntry();
        LedgerHeaderView header = entry.Header;
        Span<byte> found = stackalloc byte[SHA256.HashSizeInBytes];
        hasher.AppendData(header.Encoded);
        hasher.GetHashAndReset(found);
        if (!found.SequenceEqual(entry.Hash))
            LedgerThrow.HeaderHash(header.Sequence, entry.Hash, found, location);

        // A header is trusted to be of a newer protocol only if its hash is right.
        if (!StellarProtocols.IsKnown(header.ProtocolVersion) && !AllowNewerProtocol)
            LedgerThrow.ProtocolUnsupported(header.Sequence, header.ProtocolVersion, location);
        VerifySet(ledger, header, found, location);
        HashResults(ledger, found);
        if (!found.SequenceEqual(header.TransactionResultHash))
            LedgerThrow.ResultHash(header.Sequence, header.TransactionResultHash, found, location);
    }

    /// <inheritdoc/>
    public void Dispose() => hasher.Dispose();

    private void VerifySet(LedgerView ledger, LedgerHeaderView header, Span<byte> found, object? location)
    {
        ReadOnlySpan<byte> named = header.Value.TransactionSetHash;
        if (header.Value.IsEmptyTransactionSet)
        {
            // The agreed set is the empty one, which the value names by zeros (CAP-83).
            found.Clear();
            if (!found.SequenceEqual(named) || ledger.TransactionCount > 0)
                LedgerThrow.EmptySet(header.Sequence, named, ledger.TransactionCount, location);
            return;
        }

        HashSet(ledger, found);
        if (!found.SequenceEqual(named))
            LedgerThrow.TransactionSetHash(header.Sequence, named, found, location);
    }

    private void HashSet(LedgerView ledger, Span<byte> hash)
    {
        ReadOnlySpan<byte> set = ledger.TransactionSet;
        if (ledger.IsTransactionSetGeneralized)
        {
            hasher.AppendData(set);
        }
        else
        {
            hasher.AppendData(set[..SHA256.HashSizeInBytes]);
            hasher.AppendData(set[(SHA256.HashSizeInBytes + sizeof(uint))..]);
        }

        hasher.GetHashAndReset(hash);
    }

    private void HashResults(LedgerView ledger, Span<byte> hash)
    {
        Span<byte> count = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32BigEndian(count, ledger.TransactionCount);
        hasher.AppendData(count);
        for (int index = 0; index < ledger.TransactionCount; index++)
            hasher.AppendData(ledger.Transaction(index).ResultPair);
        hasher.GetHashAndReset(hash);
    }
}
