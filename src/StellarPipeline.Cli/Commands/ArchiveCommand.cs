using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using StellarPipeline.Archive;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Cli.Archives;
using StellarPipeline.Cli.Output;
using StellarPipeline.Cli.Output.Reports;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Cli.Commands;

/// <summary>
/// <c>archive info</c>, <c>archive verify</c> and <c>archive fetch</c>; <c>archive generate</c> is in <see cref="GenerateCommand"/>.
/// </summary>
internal static class ArchiveCommand
{
    public static Command Create() =>
        new("archive", "Shows, proves, fetches or generates a history archive.")
        {
            Info(),
            Verify(),
            FetchCommand.Create(),
            GenerateCommand.Create(),
        };

    /// <summary>Prints the proved facts of a checkpoint and what the proof rests on.</summary>
    public static void PrintProof(HistoryArchive archive, ChosenCheckpoint chosen)
    {
        CheckpointProof proof = chosen.Proof;
        Line("Archive", archive.Transport.Location);
        Line("Checkpoint",
            string.Create(
                CultureInfo.InvariantCulture, $"ledger {proof.Checkpoint:N0}, protocol {proof.ProtocolVersion}, closed "
                        + $"{LedgerTime.Text(proof.CloseTime, proof.Header.CloseTimeMilliseconds)}"));
        if (proof.NewerProtocolRemark is { } newer) Line("Remark", OptionNames.In(newer));
        Line("Network", proof.NetworkPassphrase ?? "not named by the archive");
        Line("Rests on", $"{proof.Trust}");
        Line("Header", $"{proof.HeaderHash}");
        Line("Bucket list", $"{proof.BucketListHash}");
        Line("Base reserve", FormattableString.Invariant($"{proof.BaseReserve:N0} stroops"));
        foreach (string remark in chosen.Remarks) Line("Remark", OptionNames.In(remark));
    }

    private static void Line(string label, string text) => ReportPrinter.Write(Console.Out, label, text);

    private static Command Info()
    {
        var command = new Command("info", "Shows a checkpoint of an archive, proved by its ledger headers. Reads no buckets.");
        var options = new ArchiveOptions(command);
        Option<string> format = CommonOptions.Format();
        command.Add(format);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ILoggerFactory loggers = CommandLine.CreateLoggers(quiet: false, verbose: false);
            await using OpenedArchive archive = options.Open(parsed, loggers: loggers);
            ChosenCheckpoint chosen =
                await archive.ProveAsync(options.Checkpoint(parsed), loggers.CreateLogger<HistoryArchive>(), cancellationToken);
            CheckpointProof proof = chosen.Proof;
            if (CommonOptions.Choice<OutputFormat>(parsed.GetValue(format)) == OutputFormat.Json)
            {
                Console.WriteLine(ArchiveJson.Render(archive.Archive, chosen, null));
                return ExitCode.Done;
            }

            PrintProof(archive.Archive, chosen);
            BucketReference[] buckets =
                [.. proof.State.Buckets(BucketListKind.Live), .. proof.State.Buckets(BucketListKind.HotArchive)];
            int width = buckets.Select(bucket => bucket.Position.ToString().Length).DefaultIfEmpty().Max();
            foreach (BucketReference bucket in buckets) Console.WriteLine($"{bucket.Position.ToString().PadRight(width)} {bucket.Hash}");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Verify()
    {
        var command =
            new Command("verify", "Reads every bucket of a checkpoint to its end and makes every check that a load makes.");
        var options = new ArchiveOptions(command);
        Option<string> format = CommonOptions.Format();
        command.Add(format);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ILoggerFactory loggers = CommandLine.CreateLoggers(quiet: false, verbose: false);
            await using OpenedArchive archive = options.Open(parsed, loggers: loggers);
            var reading = new ArchiveReadOptions { MaxBucketBytes = options.BucketBytes(parsed) };
            ILogger logger = loggers.CreateLogger<HistoryArchive>();
            ChosenCheckpoint chosen = await archive.ProveAsync(options.Checkpoint(parsed), logger, cancellationToken);
            CheckpointProof proof = chosen.Proof;
            long started = Stopwatch.GetTimestamp();
            IReadOnlyList<BucketCounters> counters;
            try
            {
                counters = await archive.ReadAsync(
                    () => ReadAllAsync(archive.Archive, proof, reading, cancellationToken), logger, cancellationToken);
            }
            catch (ArchiveException first) when (first.Kind == FailureKind.Archive)
            {
                bool isJson = CommonOptions.Choice<OutputFormat>(parsed.GetValue(format)) == OutputFormat.Json;
                await TellBadBucketsAsync(archive.Archive, proof, reading, isJson, first, cancellationToken);
                throw;
            }

            if (CommonOptions.Choice<OutputFormat>(parsed.GetValue(format)) == OutputFormat.Json)
            {
                Console.WriteLine(ArchiveJson.Render(archive.Archive, chosen, counters));
                return ExitCode.Done;
            }

            PrintProof(archive.Archive, chosen);
            PrintBuckets(counters, Stopwatch.GetElapsedTime(started).TotalSeconds);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<IReadOnlyList<BucketCounters>> ReadAllAsync(
        HistoryArchive archive, CheckpointProof proof, ArchiveReadOptions options, CancellationToken cancellationToken)
    {
        await archive.PrefetchAsync(proof, cancellationToken);
        var source = CheckpointEntrySource.Create(archive, proof, options);
        await source.ReadAsync(
            (chunk, _) =>
            {
                using (chunk) source.DecodeEach(chunk);
                return ValueTask.CompletedTask;
            },
            cancellationToken);
        var counters = source.Counters.ToList();
        foreach (BucketReference bucket in proof.State.Buckets(BucketListKind.HotArchive).DistinctBy(bucket => bucket.Hash))
        {
            counters.Add(await BucketVerifier.VerifyAsync(archive, proof, bucket, options, cancellationToken));
        }

        return counters;
    }

    /// <summary>After the first error, checks each bucket alone: whoever repairs an archive needs the complete list.</summary>
    private static async Task TellBadBucketsAsync(
        HistoryArchive archive, CheckpointProof proof, ArchiveReadOptions options, bool isJson, ArchiveException first,
        CancellationToken cancellationToken)
    {
        var bad = new JsonArray();
        BucketReference[] buckets = [.. proof.AllBuckets().DistinctBy(bucket => bucket.Hash)];
        foreach (BucketReference bucket in buckets)
        {
            try
            {
                await BucketVerifier.VerifyAsync(archive, proof, bucket, options, cancellationToken);
            }
            catch (ArchiveException error)
            {
                bad.Add((JsonNode)new JsonObject
                {
                    ["position"] = bucket.Position.ToString(), ["hash"] = bucket.Hash.ToString(), ["error"] = OptionNames.In(error.Message),
                });
                if (!isJson) Console.WriteLine($"bad           {bucket.Position} {bucket.Hash}: {OptionNames.In(error.Message)}");
            }
        }

        if (isJson)
        {
            Console.WriteLine(JsonText.Of(new JsonObject
            {
                ["archive"] = archive.Transport.Location, ["ledger"] = proof.Checkpoint, ["network"] = proof.NetworkPassphrase,
                ["error"] = OptionNames.In(first.Message), ["buckets"] = buckets.Length, ["bad"] = bad,
            }));
        }
        else
        {
            // Some rules hold between buckets, such as those for the creation of an entry.
            Console.WriteLine(bad.Count == 0
                ? FormattableString.Invariant($"Each of the {buckets.Length} buckets is sound by itself: they do not fit each other.")
                : FormattableString.Invariant($"Bad buckets: {bad.Count} of {buckets.Length}."));
        }
    }

    private static void PrintBuckets(IReadOnlyList<BucketCounters> counters, double seconds)
    {
        List<string[]> lines = [["bucket", "records", "live", "init", "dead", "shadowed", "bytes", "stored"]];
        lines.AddRange(counters.Select(static bucket => new[]
        {
            bucket.Bucket.Position.ToString(), Number(bucket.Records), Number(bucket.LiveRecords), Number(bucket.InitRecords),
            Number(bucket.DeadRecords), Number(bucket.Shadowed), Number(bucket.ContentBytes), Number(bucket.StoredBytes),
        }));
        int[] widths = [.. lines[0].Select((_, column) => lines.Max(line => line[column].Length))];
        foreach (string[] line in lines)
        {
            Console.WriteLine(string.Join(
                ' ', line.Select((text, column) => column == 0 ? text.PadRight(widths[0]) : text.PadLeft(widths[column]))));
        }

        long bytes = counters.Sum(bucket => bucket.ContentBytes);
        // Entries of the hot archive are archived, so they do not count as live.
        long live = counters.Where(bucket => bucket.Bucket.Position.List == BucketListKind.Live).Sum(bucket => bucket.LiveEntries);
        Line(
            "", string.Create(CultureInfo.InvariantCulture,
                $"{live:N0} live entries. Everything agrees: {counters.Count} buckets, {bytes:N0} bytes, {seconds:F2} s "
                        + $"({bytes / seconds / 1048576:N0} MiB/s)."));

        static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
    }
}
