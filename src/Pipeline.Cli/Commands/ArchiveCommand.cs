using System.CommandLine;
using System.Diagnostics;
using Pipeline.Archive;
using Pipeline.Stellar;
using Pipeline.Xdr;

namespace Pipeline.Cli.Commands;

/// <summary><c>archive info</c> and <c>archive verify</c>; <c>archive generate</c> is in <see cref="GenerateCommand"/>.</summary>
internal static class ArchiveCommand
{
    public static Command Create() => new("archive", "Looks into, proves or generates a history archive.") { Info(), Verify(), GenerateCommand.Create() };

    private static Command Info() => Make("info", "Shows a checkpoint of an archive, proved by its ledger headers. Reads no bucket.", (archive, proof, _) =>
    {
        PrintProof(archive, proof);
        foreach (BucketListKind kind in new[] { BucketListKind.Live, BucketListKind.HotArchive })
        {
            foreach (BucketReference bucket in proof.State.Buckets(kind)) Console.WriteLine($"{bucket.Position,-24} {bucket.Hash}");
        }

        return Task.CompletedTask;
    });

    private static Command Verify() => Make("verify", "Reads every bucket of a checkpoint to its last byte and checks everything that a load checks.", async (archive, proof, cancellationToken) =>
    {
        long started = Stopwatch.GetTimestamp();
        var source = CheckpointEntrySource.Create(archive, proof);
        long entries = 0;
        await source.ReadAsync(
            (chunk, _) =>
            {
                using (chunk) entries += CountValid(source, chunk);
                return ValueTask.CompletedTask;
            },
            cancellationToken);
        var counters = source.Counters.ToList();
        foreach (BucketReference bucket in proof.State.Buckets(BucketListKind.HotArchive).DistinctBy(bucket => bucket.Hash))
        {
            counters.Add(await BucketVerifier.VerifyAsync(archive, proof, bucket, cancellationToken: cancellationToken));
        }

        PrintProof(archive, proof);
        Console.WriteLine($"{"bucket",-24} {"records",12} {"live",12} {"init",12} {"dead",12} {"shadowed",12} {"bytes",15} {"stored",15}");
        foreach (BucketCounters bucket in counters)
        {
            Console.WriteLine(FormattableString.Invariant(
                $"{bucket.Bucket.Position,-24} {bucket.Records,12:N0} {bucket.LiveRecords,12:N0} {bucket.InitRecords,12:N0} {bucket.DeadRecords,12:N0} {bucket.Shadowed,12:N0} {bucket.ContentBytes,15:N0} {bucket.StoredBytes,15:N0}"));
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        long bytes = counters.Sum(bucket => bucket.ContentBytes);
        Console.WriteLine(FormattableString.Invariant($"{entries:N0} live entries. Everything agrees: {counters.Count} buckets, {bytes:N0} bytes, {seconds:F2} s ({bytes / seconds / 1048576:N0} MiB/s)."));
    });

    private static long CountValid(CheckpointEntrySource source, EntryChunk chunk)
    {
        EntryRecord record = default;
        try
        {
            foreach (EntryRecord next in chunk)
            {
                record = next;
                LedgerEntryView.Parse(record.LedgerEntry);
            }

            return chunk.EntryCount;
        }
        catch (XdrFormatException error)
        {
            throw source.MalformedEntry(record, error);
        }
    }

    private static void PrintProof(HistoryArchive archive, CheckpointProof proof)
    {
        Console.WriteLine($"Archive       {archive.Transport.Location}");
        Console.WriteLine(FormattableString.Invariant($"Checkpoint    ledger {proof.Checkpoint:N0}, protocol {proof.ProtocolVersion}, closed {proof.CloseTime:yyyy-MM-dd HH:mm:ss} UTC"));
        Console.WriteLine($"Network       {proof.NetworkPassphrase ?? "not named by the archive"}");
        Console.WriteLine($"Header        {proof.HeaderHash}");
        Console.WriteLine($"Bucket list   {proof.BucketListHash}");
        Console.WriteLine(FormattableString.Invariant($"Base reserve  {proof.BaseReserve:N0} stroops"));
    }

    private static Command Make(string name, string description, Func<HistoryArchive, CheckpointProof, CancellationToken, Task> run)
    {
        Option<string> archive = CommonOptions.Archive();
        Option<string> checkpoint = CommonOptions.Checkpoint();
        Option<string?> network = CommonOptions.Network();
        Option<int> frequency = CommonOptions.CheckpointFrequency();
        var command = new Command(name, description) { archive, checkpoint, network, frequency };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            StellarNetwork? expected = CommonOptions.ParseNetwork(parsed.GetValue(network));
            HistoryArchive history = PopulateCommand.OpenArchive(parsed.GetValue(archive)!, parsed.GetValue(frequency), expected);
            uint ledger = CommonOptions.ParseCheckpoint(parsed.GetValue(checkpoint)!) ?? await history.LatestCheckpointAsync(cancellationToken);
            await run(history, await history.OpenCheckpointAsync(ledger, cancellationToken), cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }
}
