namespace StellarPipeline.Stellar.Tests.Queries;

/// <summary>One bench for all tests of a class that change nothing, made by the first of them that gets a server.</summary>
public sealed class SharedBench : IAsyncLifetime
{
    private readonly Lazy<Task<HistoryBench>> bench = new(() => HistoryBench.OfGeneratedAsync(HistoryBench.GeneratedLedgers));

    public Task<HistoryBench> OpenAsync() => bench.Value;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (bench is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) await (await bench.Value).DisposeAsync();
    }
}
