using System.Globalization;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>A checkpoint whose archive state was proved by its ledger headers.</summary>
/// <remarks>
/// Proved: the headers hash to each other, the last one is the checkpoint's, and it commits to exactly the buckets that the state names.
/// What is left is that each bucket hashes to its name, which is found while it is read.
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
    /// What a user must know of a checkpoint whose protocol is newer than any that is known (see
    /// <see cref="HistoryArchiveOptions.AllowNewerProtocol"/>), as a sentence; null where the protocol is known.
    /// </summary>
    public string? NewerProtocolRemark =>
        Xdr.StellarProtocols.IsKnown(Header.ProtocolVersion)
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"The checkpoint has protocol {Header.ProtocolVersion}, which is newer than {Xdr.StellarProtocols.All[^1]}, the newest "
                    + $"that this "
                        + $"program knows. It was read because every byte of it decodes by what is known; if that protocol gave known "
                        + $"bytes a new meaning, it was not seen.");

    /// <summary>When the checkpoint's ledger closed, with milliseconds where the header has them.</summary>
    public DateTimeOffset CloseTime => Header.CloseTime;

    /// <summary>Hash of the checkpoint's ledger header.</summary>
    public Hash256 HeaderHash => Header.Hash;

    /// <summary>Commitment to all buckets.</summary>
    public Hash256 BucketListHash => Header.BucketListHash;

    /// <summary>Reserve per ledger entry, in stroops.</summary>
    public uint BaseReserve => Header.BaseReserve;

    /// <summary>The network: as the archive says, else as it was expected; null where neither is known.</summary>
    public string? NetworkPassphrase { get; }

    /// <summary>What the proof rests on.</summary>
    public CheckpointTrust Trust { get; }

    /// <summary>Every bucket that the state names, each content once: those of the live list first.</summary>
    public IReadOnlyList<BucketReference> AllBuckets() =>
        [.. State.Buckets(BucketListKind.Live).Concat(State.Buckets(BucketListKind.HotArchive)).DistinctBy(bucket => bucket.Hash)];

    /// <summary>Proves an archive state by its ledger headers.</summary>
    /// <param name="transport">The archive.</param>
    /// <param name="checkpoint">The checkpoint that was asked for.</param>
    /// <param name="state">Its archive state.</param>
    /// <param name="stateFile">The state's file, for messages.</param>
    /// <param name="options">What is expected of the archive.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ArchiveException">Something does not agree, or the archive is that of another network.</exception>
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

    /// <summary>Asks other archives for the header of the same ledger.</summary>
    /// <param name="options">Whom to ask.</param>
    /// <param name="cancellationToken">Stops the asking.</param>
    /// <returns>The proof, which rests on them too.</returns>
    /// <exception cref="ArchiveException">One of them has not the ledger (code HEADER_MISSING), or another header (code
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
