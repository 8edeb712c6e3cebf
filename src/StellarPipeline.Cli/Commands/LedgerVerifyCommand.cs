using System.CommandLine;
using System.Diagnostics;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Cli.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Stellar;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>ledger verify</c>: proves a range of ledgers and prints what the proof rests on.</summary>
internal static class LedgerVerifyCommand
{
    public static Command Create()
    {
        var source = new Argument<string[]>("source")
        {
            Description =
                "A data store (SEP-54): a folder, or an http://, https://, s3:// or gs:// URL; several are mirrors of each other. Or "
                    + "files of ledgers, named pipes, or - for standard input; several are read one after the other.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> quiet = CommonOptions.Quiet();
        source.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
                result.AddError("A source is empty: say where the ledgers are.");
        });
        var command =
            new Command("verify",
                "Proves ledgers: headers, transaction sets and results match the hashes in the headers, and the headers form a chain.")
            {
                source,
            };
        var options = new LedgerRangeOptions(
            command,
            "The last ledger. Without it, the last ledger of the source.",
            "A history archive with the checkpoint at the end of the range, to which the ledgers must chain: a directory or a URL. Repeat "
                + "the option to add mirrors. Needs --to.");
        command.Add(quiet);
        command.Validators.Add(result =>
        {
            if (options.IsArchiveWithoutEnd(result)) result.AddError("--archive needs --to: the last ledger selects the checkpoint.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] places = parsed.GetValue(source)!;
            StellarNetwork named = options.Network(parsed, places);
            LedgerRange range = options.Range(parsed);
            long started = Stopwatch.GetTimestamp();
            ILedgerSource ledgers = await LedgerPlaces.OpenAsync(places, options.StoreOptions(parsed, named), cancellationToken);
            await using (ledgers)
            {
                if (ledgers is LedgerStore && range.First is null)
                {
                    throw new CommandLineException(FailureKind.Usage,
                        $"{ledgers.Location} is a data store, which may begin at any ledger: give the first one with --from.");
                }

                List<LedgerAnchor> anchors = [.. options.Trusted(parsed)];
                if (options.Archive(parsed) is { } archive)
                    anchors.Add(await AnchorAsync(archive, options.ArchiveOptions(parsed), range, cancellationToken));
                var prover = new LedgerProver(named.Id, anchors) { AllowNewerProtocol = options.AllowNewer(parsed) };
                LedgerProof proof = await prover.ProveAsync(ledgers, range, cancellationToken: cancellationToken)
                    ?? throw new CommandLineException(
                        FailureKind.Usage, $"{ledgers.Location} does not contain the range. Give a range that it contains.");
                if (!parsed.GetValue(quiet)) Print(proof, Stopwatch.GetElapsedTime(started));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<LedgerAnchor> AnchorAsync(
        IArchiveTransport archive, HistoryArchiveOptions options, LedgerRange range, CancellationToken cancellationToken)
    {
        try
        {
            return await LedgerAnchor.ReadAsync(archive, options, range.First ?? 1, range.Last!.Value, cancellationToken);
        }
        finally
        {
            (archive as IDisposable)?.Dispose();
        }
    }

    private static void Print(LedgerProof proof, TimeSpan elapsed)
    {
        long count = proof.Last - proof.First + 1L;
        double seconds = Math.Max(elapsed.TotalSeconds, 0.001);
        Console.WriteLine(proof);
        Console.WriteLine(FormattableString.Invariant($"{count:N0} ledgers in {seconds:F1} s, {count / seconds:N0} a second."));
    }
}
