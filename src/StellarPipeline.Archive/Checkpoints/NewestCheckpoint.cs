using System.Globalization;
using System.Runtime.ExceptionServices;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>Finds the newest checkpoint that at least one location of an archive can prove and whose files all exist.</summary>
/// <remarks>
/// Candidates are the checkpoints that the locations name, newest first, each followed by the checkpoint before it. That one is used only
/// if files of the newer one do not exist (yet); damage is no reason to choose an older checkpoint of the same location. Failure: the error
/// of the newest candidate.
/// </remarks>
internal sealed class NewestCheckpoint(HistoryArchive archive, IReadOnlyList<PlaceState> states)
{
    private readonly List<(uint Ledger, ArchiveException Error)> failures = [];

    /// <summary>Searches for the checkpoint.</summary>
    /// <returns>The checkpoint, confirmed by the archives that should confirm it, and remarks.</returns>
    /// <exception cref="ArchiveException">No candidate can be proved, or an archive does not confirm it.</exception>
    public async Task<ChosenCheckpoint> FindAsync(CancellationToken cancellationToken)
    {
        HashSet<uint> named = [.. states.Select(state => state.Newest).OfType<uint>()];
        IEnumerable<uint> before = named.Select(archive.Schedule.Previous).OfType<uint>();
        foreach (uint candidate in named.Concat(before).Distinct().OrderDescending())
        {
            if (!named.Contains(candidate) && !(failures.Count > 0 && IsNotThere(failures[^1].Error)))
                continue;
            if (await TryAsync(candidate, cancellationToken).ConfigureAwait(false) is { } proof)
                return new ChosenCheckpoint(proof, Remarks(proof.Checkpoint));
        }

        ExceptionDispatchInfo.Throw(failures[0].Error);
        throw failures[0].Error;
    }

    private async Task<CheckpointProof?> TryAsync(uint candidate, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<IArchiveTransport> places = [.. states.Where(state => state.Newest >= candidate).Select(state => state.Place)];
            CheckpointProof proof = await archive.ProveAsync(candidate, places, cancellationToken).ConfigureAwait(false);
            await archive.RequireBucketsAsync(proof, cancellationToken).ConfigureAwait(false);
            return await archive.ConfirmAsync(proof, cancellationToken).ConfigureAwait(false);
        }
        catch (ArchiveException error) when (error.Kind == FailureKind.Archive && MayTryAnother(error))
        {
            failures.Add((candidate, error));
            return null;
        }
    }

    // A newer protocol needs a newer program, and an archive that disagrees about the history may be right: an older checkpoint must not
    // hide either.
    private static bool MayTryAnother(ArchiveException error) =>
        error.Code is not (ArchiveErrorCode.ProtocolUnsupported or ArchiveErrorCode.HeaderNotConfirmed);

    private static bool IsNotThere(ArchiveException error) => error.Code
        is ArchiveErrorCode.StateMissing or ArchiveErrorCode.HeadersMissing or ArchiveErrorCode.BucketMissing
            or CacheErrorCode.OfflineMissing;

    private List<string> Remarks(uint chosen)
    {
        var remarks = new List<string>();
        foreach ((uint ledger, ArchiveException error) in failures)
        {
            string who = string.Join(", ", states.Where(state => state.Newest == ledger).Select(state => state.Place.Location));
            string name = who.Length == 0 ? "" : $", the newest of {who},";
            remarks.Add(
                string.Create(CultureInfo.InvariantCulture,
                    $"Checkpoint {ledger:N0}{name} cannot be used now; checkpoint {chosen:N0} was chosen instead. The reason: "
                        + $"{error.Message}"));
        }

        foreach (PlaceState state in states)
        {
            if (state.Problem is not null)
            {
                remarks.Add($"{state.Place.Location} could not name its newest checkpoint: {state.Problem}");
            }
            else if (state.Newest < chosen)
            {
                remarks.Add(
                    Text(
                        $"{state.Place.Location} lags behind: its newest checkpoint is {state.Newest:N0}, {chosen
                                - state.Newest:N0} ledgers before {chosen:N0}, which was chosen."));
            }
        }

        return remarks;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
