using System.CommandLine;
using System.Diagnostics;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Mirrors;
using StellarPipeline.Cli.Archives;
using StellarPipeline.Cli.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Stellar;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>ledger verify</c>: proves a range of ledgers, and says what the proof rests on.</summary>
internal static class LedgerVerifyCommand
{
    public static Command Create()
    {
        var source = new Argument<string[]>("source")
        {
            Description = "A data store (SEP-54): a folder, or an http://, https://, s3:// or gs:// URL; several are mirrors of each other. Or files of ledgers, named pipes, or - for standard input; several are read one after the other.",
            Arity = ArgumentArity.OneOrMore,
        };
        var network = new Option<string?>("--network")
        {
            Description = "The network that the ledgers belong to: pubnet, testnet, futurenet or a passphrase. [default: the one that a data store's .config.json says, else pubnet]",
            HelpName = "name|passphrase",
        };
        Option<uint?> from = Ledger("--from", "The first ledger. Files and streams may be read from their own first one; a data store needs it.");
        Option<uint?> to = Ledger("--to", "The last ledger. Without it, the last one that is there.");
        var archive = new Option<string[]>("--archive")
        {
            Description = "A history archive whose checkpoint at the end of the range the ledgers must chain to: a directory or a URL. Give it several times for mirrors. Needs --to.",
            HelpName = "directory|URL",
        };
        var trusted = new Option<string[]>("--trusted-hash")
        {
            Description = "Hash that the header of a ledger of the range must have, from a source that you trust. May be given several times.",
            HelpName = "ledger:hash",
        };
        Option<int> frequency = CommonOptions.CheckpointFrequency();
        Option<uint?> perObject = Ledger("--ledgers-per-object", "Ledgers in an object, for a data store without a .config.json.");
        Option<uint?> perPartition = Ledger("--objects-per-partition", "Objects in a folder, for a data store without a .config.json; 1 where there are no folders.");
        var allowNewer = new Option<bool>("--allow-newer-protocol") { Description = "Take ledgers of a protocol that is newer than this program, if they decode." };
        Option<bool> quiet = CommonOptions.Quiet();
        trusted.Validators.Add(result =>
        {
            foreach (string text in (result.GetValueOrDefault<string[]>() ?? []).Where(static text => TrustedHash.Parse(text) is null))
                result.AddError($"--trusted-hash {text}: give the ledger, a colon, and the hash of its header as 64 lower-case hexadecimal digits.");
        });
        source.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value))) result.AddError("A source is empty: give the place of ledgers.");
        });
        var command = new Command("verify", "Proves ledgers: headers, transaction sets and results hash to what the headers say, and the headers chain.")
        {
            source, network, from, to, archive, trusted, frequency, perObject, perPartition, allowNewer, quiet,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(from) > result.GetValue(to)) result.AddError("--from is after --to: give a range of ledgers.");
            if (result.GetValue(archive) is { Length: > 0 } && result.GetValue(to) is null)
                result.AddError("--archive needs --to: the checkpoint is chosen by the last ledger.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            StellarNetwork named = LedgerInputs.Network(parsed.GetValue(network), parsed.GetValue(source)!.Where(place => !LedgerOptions.IsRemote(place)));
            var options = new LedgerStoreOptions
            {
                NetworkPassphrase = named.Passphrase,
                LedgersPerObject = parsed.GetValue(perObject),
                ObjectsPerPartition = parsed.GetValue(perPartition),
            };
            var range = new LedgerRange(parsed.GetValue(from), parsed.GetValue(to));
            long started = Stopwatch.GetTimestamp();
            ILedgerSource ledgers = await LedgerPlaces.OpenAsync(parsed.GetValue(source)!, options, cancellationToken);
            await using (ledgers)
            {
                if (ledgers is LedgerStore && range.First is null)
                    throw new CommandLineException(FailureKind.Usage, $"{ledgers.Location} is a data store, which may begin anywhere: give the first ledger with --from.");
                List<LedgerAnchor> anchors = [.. (parsed.GetValue(trusted) ?? []).Select(static text => Anchor(TrustedHash.Parse(text)!))];
                if (parsed.GetValue(archive) is { Length: > 0 } places)
                    anchors.Add(await AnchorAsync(places, parsed.GetValue(frequency), range, cancellationToken));
                var prover = new LedgerProver(named.Id, anchors) { AllowNewerProtocol = parsed.GetValue(allowNewer) };
                LedgerProof proof = await prover.ProveAsync(ledgers, range, cancellationToken: cancellationToken)
                    ?? throw new CommandLineException(FailureKind.Usage, $"{ledgers.Location} has no such ledger. Give a range that is there.");
                if (!parsed.GetValue(quiet)) Print(proof, Stopwatch.GetElapsedTime(started));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static LedgerAnchor Anchor(TrustedHash trusted) => LedgerAnchor.Trusted(trusted.Ledger, trusted.Hash);

    private static async Task<LedgerAnchor> AnchorAsync(string[] places, int frequency, LedgerRange range, CancellationToken cancellationToken)
    {
        IArchiveTransport transport = MirrorTransport.Create(places);
        try
        {
            var options = new HistoryArchiveOptions { Schedule = new CheckpointSchedule(frequency) };
            return await LedgerAnchor.ReadAsync(transport, options, range.First ?? 1, range.Last!.Value, cancellationToken);
        }
        finally
        {
            (transport as IDisposable)?.Dispose();
        }
    }

    private static void Print(LedgerProof proof, TimeSpan elapsed)
    {
        long count = proof.Last - proof.First + 1L;
        double seconds = Math.Max(elapsed.TotalSeconds, 0.001);
        Console.WriteLine(proof);
        Console.WriteLine(FormattableString.Invariant($"{count:N0} ledgers in {seconds:F1} s, {count / seconds:N0} a second."));
    }

    private static Option<uint?> Ledger(string name, string description)
    {
        var option = new Option<uint?>(name) { Description = description, HelpName = "number" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<uint?>() == 0) result.AddError($"{name}: give a number from 1 to 4,294,967,295.");
        });
        return option;
    }
}
