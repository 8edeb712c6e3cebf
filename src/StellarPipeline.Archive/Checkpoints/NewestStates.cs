using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Archive.Checkpoints;

/// <summary>Asks every location of an archive for its newest checkpoint, all at the same time.</summary>
internal sealed class NewestStates(IArchiveTransport transport, HistoryArchiveOptions options, TimeProvider timeProvider)
{
    // A location that is down answers only after its time-outs. After the first answer, the others get this much time.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>Asks all locations.</summary>
    /// <returns>The answer of each location; at least one names a checkpoint.</returns>
    /// <exception cref="ArchiveException">No location names a checkpoint, or one belongs to another network.</exception>
    public async Task<IReadOnlyList<PlaceState>> AskAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<IArchiveTransport> places = transport is IArchivePlaces { Places: { Count: > 1 } several } ? several : [];
        IReadOnlyList<PlaceState> states = await AskAllAsync(places, cancellationToken).ConfigureAwait(false);
        if (!states.Any(state => state.Newest is not null))
        {
            // With all retries of the transport; if they fail, its error is thrown.
            ArchiveState root = await RequireAsync(transport, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<PlaceState> again = await AskAllAsync(places, cancellationToken).ConfigureAwait(false);
            states = again.Any(state => state.Newest is not null)
                ? again
                : [new PlaceState(transport, root.CurrentLedger, root.NetworkPassphrase, Problem: null)];
        }

        RequireOneNetwork(states);
        return states;
    }

    private void RequireOneNetwork(IReadOnlyList<PlaceState> states)
    {
        PlaceState? first = states.FirstOrDefault(state => state.NetworkPassphrase is not null);
        string? expected = options.NetworkPassphrase ?? first?.NetworkPassphrase;
        foreach (PlaceState state in states)
        {
            if (state.NetworkPassphrase is null || string.Equals(state.NetworkPassphrase, expected, StringComparison.Ordinal))
                continue;
            string file = $"{state.Place.Location.TrimEnd('/')}/{ArchivePath.RootState}";
            if (options.NetworkPassphrase is not null)
                ArchiveThrow.WrongNetwork(file, expected!, state.NetworkPassphrase);
            ArchiveThrow.PlacesOfTwoNetworks(file, state.NetworkPassphrase, first!.Place.Location, expected!);
        }
    }

    private async Task<IReadOnlyList<PlaceState>> AskAllAsync(IReadOnlyList<IArchiveTransport> places, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<PlaceState>[] asked = [.. places.Select(place => AskOneAsync(place, stop.Token))];
        List<Task<PlaceState>> open = asked.ToList<Task<PlaceState>>();
        Task? grace = null;
        while (open.Count > 0)
        {
            Task ended = await Task.WhenAny(grace is null ? open : [.. open, grace]).ConfigureAwait(false);
            if (ended == grace)
                break;
            var answer = (Task<PlaceState>)ended;
            open.Remove(answer);
            if (answer is { IsCompletedSuccessfully: true, Result.Newest: not null })
                grace ??= Task.Delay(Grace, timeProvider, stop.Token);
        }

        await stop.CancelAsync().ConfigureAwait(false);
        var states = new List<PlaceState>();
        for (int i = 0; i < asked.Length; i++)
            states.Add(await StateOfAsync(places[i], asked[i], cancellationToken).ConfigureAwait(false));
        return states;
    }

    private static async Task<PlaceState> StateOfAsync(IArchiveTransport place, Task<PlaceState> asked, CancellationToken cancellationToken)
    {
        try
        {
            return await asked.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            string problem = FormattableString.Invariant($"It did not answer within {Grace.TotalSeconds:0} s after another archive did.");
            return new PlaceState(place, Newest: null, NetworkPassphrase: null, problem);
        }
    }

    private async Task<PlaceState> AskOneAsync(IArchiveTransport place, CancellationToken cancellationToken)
    {
        try
        {
            ArchiveState root = await RequireAsync(place, cancellationToken).ConfigureAwait(false);
            return new PlaceState(place, root.CurrentLedger, root.NetworkPassphrase, Problem: null);
        }
        catch (ArchiveException error)
        {
            return new PlaceState(place, Newest: null, NetworkPassphrase: null, error.Message);
        }
    }

    private async Task<ArchiveState> RequireAsync(IArchiveTransport place, CancellationToken cancellationToken)
    {
        ArchiveState? root = await ArchiveStateParser.ReadAsync(place, ArchivePath.RootState, cancellationToken).ConfigureAwait(false);
        if (root is null)
            throw ArchiveThrow.RootStateMissing(ArchivePath.RootState, place.Location);
        if (root.CurrentLedger == 0)
            ArchiveThrow.NothingPublished(ArchivePath.RootState, place.Location);
        if (!options.Schedule.IsCheckpoint(root.CurrentLedger))
            ArchiveThrow.FrequencyMismatch(ArchivePath.RootState, root.CurrentLedger, options.Schedule.Frequency);
        return root;
    }
}
