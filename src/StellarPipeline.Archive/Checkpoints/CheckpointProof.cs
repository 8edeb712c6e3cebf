using System.Globalization;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>A checkpoint whose archive state is proved by its ledger headers.</summary>
/// <remarks>
/// Proved: the headers form a hash chain, the last one belongs to the checkpoint, and its bucket list hash covers exactly the buckets that
/// the state names. Not yet proved: that each bucket's content has the hash in its name. That is checked while the bucket is read.
/// </remarks>
public sealed class CheckpointProof
{
    private CheckpointProof(ArchiveState state, LedgerHeader header, string? networkPassphrase, CheckpointTrust trust)
    {
        Trust = trust;
        State = state;
        Header = header;
        NetworkPassphrase = networkPassphrase;
    }

    /// <summary>The archive state.</summary>
    public ArchiveState State { get; }

    /// <summary>The header of the checkpoint's ledger.</summary>
    public LedgerHeader Header { get; }

    /// <summary>The checkpoint's ledger.</summary>
    public uint Checkpoint => Header.Sequence;

    /// <summary>Protocol version of the checkpoint's ledger.</summary>
    public uint ProtocolVersion => Header.ProtocolVersion;

    /// <summary>
    /// A warning, as a sentence, if the checkpoint's protocol is newer than any known one (see
    /// <see cref="HistoryArchiveOptions.AllowNewerProtocol"/>); otherwise null.
    /// </summary>
    public string? NewerProtocolRemark =>
        Xdr.StellarProtocols.IsKnown(Header.ProtocolVersion)
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"The checkpoint has protocol {Header.ProtocolVersion}, which is newer than {Xdr.StellarProtocols.All[^1]}, the newest "
                    + $"that this program knows. It was read because every byte of it decodes by the known rules. If that protocol gives "
                    + $"known bytes a new meaning, this was not noticed.");

    /// <summary>Close time of the checkpoint's ledger, with milliseconds if the header has them.</summary>
    public DateTimeOffset CloseTime => Header.CloseTime;

    /// <summary>Hash of the checkpoint's ledger header.</summary>
    public Hash256 HeaderHash => Header.Hash;

    /// <summary>Bucket list hash, which covers all buckets.</summary>
    public Hash256 BucketListHash => Header.BucketListHash;

    /// <summary>Reserve per ledger entry, in stroops.</summary>
    public uint BaseReserve => Header.BaseReserve;

    /// <summary>The network's passphrase: from the archive, else the expected one; null if neither is known.</summary>
    public string? NetworkPassphrase { get; }

    /// <summary>What the proof is based on.</summary>
    public CheckpointTrust Trust { get; }

    /// <summary>Every bucket that the state names, each hash once, those of the live list first.</summary>
    public IReadOnlyList<BucketReference> AllBuckets() =>
        [.. State.Buckets(BucketListKind.Live).Concat(State.Buckets(BucketListKind.HotArchive)).DistinctBy(bucket => bucket.Hash)];

    /// <summary>Proves an archive state by its ledger headers.</summary>
    /// <param name="transport">The archive.</param>
    /// <param name="checkpoint">The requested checkpoint.</param>
    /// <param name="state">Its archive state.</param>
    /// <param name="stateFile">The state's file, for messages.</param>
    /// <param name="options">What is expected of the archive.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="ArchiveException">A check failed, or the archive belongs to another network.</exception>
    internal static async Task<CheckpointProof> VerifyAsync(
        IArchiveTransport transport, uint checkpoint, ArchiveState state, string stateFile, HistoryArchiveOptions options,
        CancellationToken cancellationToken)
    {
        if (state.CurrentLedger != checkpoint)
            ArchiveThrow.StateSequence(stateFile, checkpoint, state.CurrentLedger);
        if (options.NetworkPassphrase is { } expected && state.NetworkPassphrase is { } found
            && !string.Equals(expected, found, StringComparison.Ordinal))
        {
            ArchiveThrow.WrongNetwork(stateFile, expected, found);
        }

        string file = ArchivePath.Ledgers(checkpoint);
        LedgerHeader header = await LedgerHeaderChain.ReadAsync(transport, options, checkpoint, cancellationToken).ConfigureAwait(false)
            ?? throw ArchiveThrow.HeadersMissing(file, transport.Location);
        Hash256 trusted = options.TrustedLedgerHash;
        if (!trusted.IsZero && trusted != header.Hash)
            ArchiveThrow.HeaderNotTrusted(file, checkpoint, trusted, header.Hash);

        int version = header.ProtocolVersion >= BucketListCommitment.HotArchiveProtocol ? 2 : 1;
        if (state.Version != version)
            ArchiveThrow.StateVersionOfProtocol(stateFile, state.Version, version, header.ProtocolVersion);
        Hash256 computed = BucketListCommitment.Of(state, header.ProtocolVersion);
        if (computed != header.BucketListHash)
            ArchiveThrow.BucketListHash(stateFile, checkpoint, computed, header.BucketListHash);
        var trust = new CheckpointTrust(!trusted.IsZero, []);
        return new CheckpointProof(state, header, state.NetworkPassphrase ?? options.NetworkPassphrase, trust);
    }

    /// <summary>Compares the hash of the header with other archives.</summary>
    /// <param name="options">Names those archives.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The proof, which also names them as its base.</returns>
    /// <exception cref="ArchiveException">One of them does not contain the ledger (code HEADER_MISSING), or has another header (code
    /// HEADER_NOT_CONFIRMED).</exception>
    internal async Task<CheckpointProof> ConfirmAsync(HistoryArchiveOptions options, CancellationToken cancellationToken)
    {
        foreach (IArchiveTransport other in options.ConfirmWith)
            await ConfirmAsync(other, Header, options, cancellationToken).ConfigureAwait(false);
        return new CheckpointProof(
            State, Header, NetworkPassphrase, Trust with { ConfirmedBy = [.. options.ConfirmWith.Select(other => other.Location)] });
    }

    private static async Task ConfirmAsync(
        IArchiveTransport other, LedgerHeader header, HistoryArchiveOptions options, CancellationToken cancellationToken)
    {
        LedgerHeader theirs = await LedgerHeaderChain.ReadAsync(other, options, header.Sequence, cancellationToken).ConfigureAwait(false)
            ?? throw ArchiveThrow.ConfirmationMissing(ArchivePath.Ledgers(header.Sequence), header.Sequence, other.Location);
        if (theirs.Hash != header.Hash)
        {
            ArchiveThrow.HeaderNotConfirmed(
                ArchivePath.Ledgers(header.Sequence), header.Sequence, header.Hash, other.Location, theirs.Hash);
        }
    }
}
