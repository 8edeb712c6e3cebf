using System.CommandLine;
using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli;

/// <summary>Options that mean the same in every command. Each call returns a new one, because an option belongs to one command.</summary>
internal static class CommonOptions
{
    public static Option<string> Checkpoint()
    {
        var option = new Option<string>("--checkpoint")
        {
            Description = "The checkpoint's ledger number, or latest.",
            HelpName = "ledger|latest",
            DefaultValueFactory = _ => "latest",
        };
        option.Validators.Add(result =>
        {
            string? value = result.GetValueOrDefault<string>();
            if (value is not null && !IsCheckpoint(value))
                result.AddError($"--checkpoint {value}: give a ledger number from 1 to 4,294,967,295, or latest.");
        });
        return option;
    }

    public static Option<string?> Database()
    {
        var option = new Option<string?>("--database")
        {
            Description =
                "The database: a postgres:// URL, libpq's keyword=value pairs, or Npgsql's connection string. Also DATABASE_URL, or "
                    + "libpq's PGHOST, PGDATABASE, PGSERVICE and so on. Without any of them, a private server is started from the local "
                    + "PostgreSQL binaries.",
            HelpName = "connection",
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is not { } address || string.IsNullOrWhiteSpace(address)) return;
            try
            {
                ConnectionSettings.Parse(address, Product.Name);
            }
            catch (ConnectionSettingsException error)
            {
                result.AddError($"--database: {error.Message}");
            }
        });
        return option;
    }

    public static Option<string?> Schema() => new("--schema")
    {
        Description =
            "The schema of the tables, spelt as in the catalogue. [default: the first existing schema in the search path of the "
                + "connection or the role]",
        HelpName = "schema",
    };

    public static Option<string?> Network() => new("--network")
    {
        Description =
            "The network that the archive must belong to: pubnet, testnet, futurenet or a passphrase. Without it, the network "
                + "that the archive names. A name without --archive reads that network's public archives.",
        HelpName = "name|passphrase",
    };

    public static Option<int> CheckpointFrequency() => new("--checkpoint-frequency")
    {
        Description = "Ledgers per checkpoint; 8 on networks with accelerated time.",
        HelpName = "ledgers",
        DefaultValueFactory = _ => 64,
    };

    public static Option<string?> DataDirectory() => new("--data-directory")
    {
        Description = "Where the private server keeps its data. [default: stellar-pipeline/postgres in the user's data folder]",
        HelpName = "directory",
    };

    public static Option<string> ForeignKeys() => ChoiceOf(
        "--foreign-keys",
        "How to keep foreign keys during the load; auto takes the cheapest strategy that the role may use. Every key is proved before "
            + "COMMIT, whatever the strategy.", ForeignKeyChoice.Auto);

    public static Option<string> RebuildIndexes(IndexRebuild value, string auto) => ChoiceOf(
        "--rebuild-indexes",
        $"Whether to drop primary keys and indexes before the load and rebuild them after it, in the same transaction; needs ownership "
            + $"of the tables. {auto}", value);

    /// <summary>Where a backfill writes the rows of a range that has no rows yet.</summary>
    public static Option<string> Fill() => ChoiceOf(
        "--fill",
        "Where to write ledgers whose partition or chunk does not exist yet, or whose tables are empty: beside fills separate tables "
            + "without indexes, builds the indexes and then puts the tables in place, all in one transaction; inplace writes into the "
            + "existing tables. auto uses beside if that is possible and faster.", BackfillFill.Auto);

    public static Option<int> Attempts() => new("--attempts")
    {
        Description =
            "Attempts at the whole load when the connection breaks, the server restarts or this session is the victim of a deadlock. Any "
                + "other error ends it at once.",
        HelpName = "number",
        DefaultValueFactory = _ => new LoadAttemptOptions().Attempts,
    };

    public static Option<int> LockTimeout() => new("--lock-timeout")
    {
        Description = "How long a statement may wait for a lock of another session; 0 waits without limit.",
        HelpName = "seconds",
        DefaultValueFactory = _ => (int)new PopulateOptions().LockTimeout.TotalSeconds,
    };

    public static Option<bool> Quiet() => new("--quiet") { Description = "Print errors only." };

    public static Option<bool> Verbose() => new("--verbose") { Description = "Log each step to standard error." };

    /// <summary>The output format of a command that prints facts.</summary>
    public static Option<string> Format() => ChoiceOf("--format", "How to print: text for people, json for programs.", OutputFormat.Text);

    /// <summary>The file of <see cref="Configuration.SettingNames.Config"/>; of the root, so that it holds for every command.</summary>
    public static Option<string?> Config() => new(Configuration.SettingNames.Config)
    {
        Description = "A JSON file with option values. [default: the object StellarPipeline of appsettings.json in the working folder]",
        HelpName = "file",
        Recursive = true,
    };

    /// <summary>The value of <see cref="Config"/>; null if it was not given.</summary>
    public static string? ConfigFile(ParseResult parsed) =>
        parsed.RootCommandResult.Command.Options.OfType<Option<string?>>().FirstOrDefault(
            option => option.Name == Configuration.SettingNames.Config) is { } file && parsed.GetResult(file) is { Tokens.Count: > 0 } given
            ? given.Tokens[0].Value
            : null;

    /// <summary>How progress is shown.</summary>
    public static Option<string> Progress() => ChoiceOf(
        "--progress",
        "How to show progress on standard error: live redraws a few lines in a terminal, plain writes a line every ten seconds and at "
            + "each phase, json one object every second. auto is live in a terminal, else plain.", ProgressMode.Auto);

    public static uint? ParseCheckpoint(string value) =>
        value.Equals("latest", StringComparison.OrdinalIgnoreCase)
            ? null
            : uint.Parse(value, System.Globalization.CultureInfo.InvariantCulture);

    public static StellarNetwork? ParseNetwork(string? value) => value is null ? null : StellarNetwork.Parse(value);

    /// <summary>Reads the value of an option whose values are those of an enumeration.</summary>
    public static T Choice<T>(string? value)
        where T : struct, Enum => Enum.Parse<T>(value!, ignoreCase: true);

    /// <summary>An option whose values are the names of an enumeration, in lower case.</summary>
    private static Option<string> ChoiceOf<T>(string name, string description, T value)
        where T : struct, Enum
    {
        string[] names = [.. Enum.GetNames<T>().Select(choice => choice.ToLowerInvariant())];
        var option =
            new Option<string>(name)
            {
                Description = description, HelpName = string.Join('|', names),
                DefaultValueFactory = _ => value.ToString().ToLowerInvariant()
            };
        option.CompletionSources.Add(names);
        option.Validators.Add(result =>
        {
            string? text = result.GetValueOrDefault<string>();
            if (!names.Contains(text)) result.AddError($"{name} {text}: give one of {string.Join(", ", names)}.");
        });
        return option;
    }

    private static bool IsCheckpoint(string value) =>
        value.Equals("latest", StringComparison.OrdinalIgnoreCase)
        || (uint.TryParse(value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out uint ledger)
            && ledger > 0);
}
