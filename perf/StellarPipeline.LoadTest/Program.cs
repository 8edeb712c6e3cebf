using StellarPipeline.Dataflow;
using StellarPipeline.LoadTest;

using var interruption = new CancellationTokenSource();
Console.CancelKeyPress += (_, cancel) =>
{
    cancel.Cancel = true;
    interruption.Cancel();
};

try
{
    return await LoadTestCommand.RunAsync(args, interruption.Token);
}
catch (PipelineException error)
{
    await Console.Error.WriteLineAsync($"Error: {error.Message}");
    return error.Kind == FailureKind.Usage ? 2 : 1;
}
catch (OperationCanceledException) when (interruption.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("Interrupted. No results were written.");
    return 130;
}
