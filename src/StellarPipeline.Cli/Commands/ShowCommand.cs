using System.CommandLine;
using System.Data;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Cli.Output;
using StellarPipeline.Cli.Show;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Queries.Pages;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>show account|transaction|operation|ledger|asset</c>: prints rows of the tables as text or JSON.</summary>
internal static class ShowCommand
{
    private const string Json = "json";
    private const string Text = "text";
    private const int MaxLimit = PageRequest<EventCursor>.MaxLimit - 1;

    public static Command Create() => new("show", "Shows balances, history and assets from the tables of a database.")
    {
        Account(), Transaction(), Operation(), Ledger(), Asset(),
    };

    private static Command Account()
    {
        var address = new Argument<string>("address") { Description = "The account (G…, M…) or contract (C…)." };
        var list = new Option<string?>("--list")
        {
            Description = "The only list to show; required with --after.",
            HelpName = string.Join('|', ShowReader.AccountLists),
        };
        list.AcceptOnlyFromAmong([.. ShowReader.AccountLists]);
        Command command = Make("account", "Balances, pool shares, tokens and last changes of an account or contract.", address, 20, [list],
            parsed => StellarAddress.Parse(parsed.GetValue(address)!),
            async (reader, parsed, print, cancellationToken) =>
            {
                AccountView view =
                    await reader.AccountAsync(StellarAddress.Parse(parsed.GetValue(address)!), parsed.GetValue(list), cancellationToken);
                print(view, text => text.Write(view, parsed.GetValue(list)));
            });
        command.Validators.Add(result =>
        {
            if (result.GetValue<string?>("--after") is not null && result.GetValue(list) is null)
                result.AddError("--after: name the list to continue with --list.");
        });
        return command;
    }

    private static Command Transaction()
    {
        var hash = new Argument<string>("hash") { Description = "Hash of the transaction, 64 hexadecimal digits." };
        return Make("transaction", "A transaction, its operations and their state changes.", hash, 100, [],
            parsed => Transactions.RequireHash(parsed.GetValue(hash)!),
            async (reader, parsed, print, cancellationToken) =>
            {
                TransactionView view = await reader.TransactionAsync(parsed.GetValue(hash)!, cancellationToken);
                print(view, text => text.Write(view));
            });
    }

    private static Command Operation()
    {
        var id = new Argument<long>("id") { Description = "Id of the operation (SEP-35)." };
        return Make("operation", "An operation, its participants and its state changes.", id, 100, [], _ => { },
            async (reader, parsed, print, cancellationToken) =>
            {
                (OperationView operation, TransactionView? transaction) =
                    await reader.OperationAsync(parsed.GetValue(id), cancellationToken);
                print(new OperationAnswer(operation, transaction), text => text.Write(operation, transaction));
            });
    }

    private static Command Ledger()
    {
        var number = new Argument<uint>("ledger") { Description = "Number of the ledger." };
        return Make(
            "ledger", "The transactions of a ledger.", number, 100, [], _ => { }, async (reader, parsed, print, cancellationToken) =>
            {
                LedgerView view = await reader.LedgerAsync(parsed.GetValue(number), cancellationToken);
                print(view, text => text.Write(view));
            });
    }

    private static Command Asset()
    {
        var asset = new Argument<string>("asset") { Description = "The asset: CODE:ISSUER." };
        asset.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { } text || text.Split(':') is not [{ Length: >= 1 and <= 12 }, { Length: > 0 }])
            {
                result.AddError(
                    "show asset: give the asset as CODE:ISSUER, such as USDC:GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN.");
            }
        });
        return Make("asset", "Trustlines and contract of an asset. Reads the whole trustline table.", asset, null, [],
            parsed => StellarAddress.Parse(parsed.GetValue(asset)!.Split(':')[1]),
            async (reader, parsed, print, cancellationToken) =>
            {
                string[] parts = parsed.GetValue(asset)!.Split(':');
                AssetView view = await reader.AssetAsync(parts[0], StellarAddress.Parse(parts[1]).Text, cancellationToken);
                print(view, text => text.Write(view));
            });
    }

    /// <summary>Makes a command that reads everything from one snapshot, in one transaction.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it shows.</param>
    /// <param name="argument">Names the item to show.</param>
    /// <param name="rows">Default for the rows of a list; null if the command has no list.</param>
    /// <param name="others">Options that only this command has.</param>
    /// <param name="check">Refuses an invalid address or hash before any database is opened.</param>
    /// <param name="show">Reads the item and prints it with the given printer.</param>
    private static Command Make(
        string name, string description, Argument argument, int? rows, IReadOnlyList<Option> others, Action<ParseResult> check,
        Func<ShowReader, ParseResult, Action<object, Action<ShowText>>, CancellationToken, Task> show)
    {
        Option<string?> database = CommonOptions.Database(), dataDirectory = CommonOptions.DataDirectory(), schema = CommonOptions.Schema();
        var format =
            new Option<string>("--format")
            {
                Description = "How to print; json is one object.",
                HelpName = $"{Text}|{Json}",
                DefaultValueFactory = _ => Text,
            };
        format.AcceptOnlyFromAmong(Text, Json);
        var limit =
            new Option<int>("--limit")
            {
                Description = $"Maximum rows per list, 1 to {MaxLimit}.",
                HelpName = "rows",
                DefaultValueFactory = _ => rows ?? 1,
            };
        limit.Validators.Add(result =>
        {
            int value = result.GetValueOrDefault<int>();
            if (value is < 1 or > MaxLimit)
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"--limit {value}: give a number from 1 to {MaxLimit}."));
        });
        var after =
            new Option<string?>("--after") { Description = "Continue after this cursor, which a list ends with.", HelpName = "cursor" };
        var command = new Command(name, description) { argument, database, dataDirectory, schema, format };
        if (rows is not null)
        {
            command.Options.Add(limit);
            command.Options.Add(after);
        }

        foreach (Option other in others) command.Options.Add(other);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            check(parsed);
            using ILoggerFactory loggers = CommandLine.CreateLoggers(quiet: false, verbose: false);
            await using TargetDatabase target = await TargetDatabase.OpenAsync(
                parsed.GetValue(database), parsed.GetValue(dataDirectory), parsed.GetValue(schema), loggers, cancellationToken,
                mustExist: true);
            string tables = SessionStart.RequireSchemaOf(target.DataSource);
            await using NpgsqlConnection connection = await SessionStart.OpenAsync(target.DataSource, cancellationToken);
            await using NpgsqlTransaction transaction =
                await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            var queries = new StellarQueries(connection, tables, new QueryOptions { Log = loggers.CreateLogger<StellarQueries>() });
            bool hasLists = rows is not null;
            var reader = new ShowReader(
                queries, await queries.GetTablesAsync(cancellationToken), hasLists ? parsed.GetValue(limit) : 1,
                hasLists ? parsed.GetValue(after) : null);
            bool isJson = parsed.GetValue(format) == Json;
            await show(reader, parsed, Print, cancellationToken);
            return ExitCode.Done;

            void Print(object view, Action<ShowText> text)
            {
                if (isJson) Console.WriteLine(TerminalText.PlainJson(ShowJson.Of(view)));
                else text(new ShowText(Console.Out));
            }
        });
        return command;
    }
}
