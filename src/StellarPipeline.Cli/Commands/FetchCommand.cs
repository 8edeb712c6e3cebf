using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Transport.Cache;
using StellarPipeline.Cli.Archives;
using StellarPipeline.Cli.Output;
using StellarPipeline.Cli.Output.Progress;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>archive fetch</c>: fetches a checkpoint into the cache, so that a later run needs no network connection.</summary>
internal static class FetchCommand
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(0.5);

    public static Command Create()
    {
        var command =
            new Command(
                "fetch",
                "Fetches every bucket of a checkpoint into the cache and verifies it. Resumes a stopped run. Afterwards, "
                    + "--offline works without a network connection.");
        var options = new ArchiveOptions(command);
        Option<string> format = CommonOptions.Format();
        command.Add(format);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ILoggerFactory loggers = CommandLine.CreateLoggers(quiet: false, verbose: false);
            await using OpenedArchive archive = options.Open(parsed, alwaysCached: true, loggers);
            ChosenCheckpoint chosen =
                await archive.ProveAsync(options.Checkpoint(parsed), loggers.CreateLogger<HistoryArchive>(), cancellationToken);
            bool isJson = CommonOptions.Choice<OutputFormat>(parsed.GetValue(format)) == OutputFormat.Json;
            if (!isJson) ArchiveCommand.PrintProof(archive.Archive, chosen);
            (BucketFetchPlan plan, double seconds) = await FetchAsync(archive.Cache!, chosen.Proof, isJson, cancellationToken);
            if (isJson) Console.WriteLine(ArchiveJson.Render(archive.Archive, chosen, null, archive.Cache!, plan, seconds));
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<(BucketFetchPlan Plan, double Seconds)> FetchAsync(
        CachingTransport cache, CheckpointProof proof, bool isSilent, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        var prefetcher = new BucketPrefetcher(cache);
        BucketFetchPlan plan = await prefetcher.PlanAsync(proof.AllBuckets(), cancellationToken);
        string unknown =
            plan.MissingOfUnknownSize == 0 ? "" : FormattableString.Invariant($", and {plan.MissingOfUnknownSize} of unknown size");
        TextWriter writer = isSilent ? TextWriter.Null : Console.Out;
        await writer.WriteLineAsync($"Cache         {cache.Cache.Folder}");
        await writer.WriteLineAsync(
            FormattableString.Invariant($"There         {plan.Present.Count} buckets, {ProgressText.Bytes(plan.PresentBytes)}"));
        string left =
            plan.LeftoverBytes == 0 ? "" : $"; {ProgressText.Bytes(plan.LeftoverBytes)} of them are left from a stopped run";
        await writer.WriteLineAsync(
            $"To fetch      {plan.Missing.Count} buckets, {ProgressText.Bytes(plan.MissingBytes)}{unknown}{left}");

        Task fetch = prefetcher.FetchAsync(plan, cancellationToken);
        await ShowAsync(cache, plan.MissingBytes - plan.LeftoverBytes, fetch);
        await fetch;
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await writer.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture,
                $"Fetched       {ProgressText.Bytes(cache.FetchedBytes)} in {seconds:F2} s ({cache.FetchedBytes / seconds / 1048576:N1} "
                        + $"MiB/s)."));
        await writer.WriteLineAsync("              Every bucket is in the cache and has the hash that its name says.");
        return (plan, seconds);
    }

    /// <summary>One line on standard error while the buckets arrive, if it is a terminal.</summary>
    private static async Task ShowAsync(CachingTransport cache, long bytes, Task fetch)
    {
        if (Console.IsErrorRedirected) return;
        while (await Task.WhenAny(fetch, Task.Delay(ProgressInterval)) != fetch)
        {
            int arriving = cache.Status.Count(bucket => bucket.Stage is BucketFetchStage.Arriving or BucketFetchStage.Verifying);
            await Console.Error.WriteAsync(FormattableString.Invariant(
                $"\r{cache.FetchedBytes / 1048576.0,12:N1} of {bytes / 1048576.0:N1} MiB fetched, {arriving} buckets arriving   "));
        }

        await Console.Error.WriteAsync("\r" + new string(' ', 79) + "\r");
    }
}
