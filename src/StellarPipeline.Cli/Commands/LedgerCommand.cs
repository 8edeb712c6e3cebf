using System.CommandLine;
using StellarPipeline.Cli.Ledgers;

namespace StellarPipeline.Cli.Commands;

/// <summary><c>ledger show</c> and <c>ledger rows</c>: what a ledger says and which history rows it becomes. Needs no database. <c>ledger
/// verify</c> is in <see cref="LedgerVerifyCommand"/>, <c>ledger generate</c> in <see cref="LedgerGenerateCommand"/>.</summary>
internal static class LedgerCommand
{
    private const string Csv = "csv";
    private const string Json = "json";
    private const string Text = "text";

    public static Command Create() =>
        new("ledger", "Shows ledgers or their history rows, proves ledgers, or generates them. Needs no database.")
        {
            Show(), Rows(), LedgerVerifyCommand.Create(), LedgerGenerateCommand.Create(),
        };

    private static Command Show()
    {
        var command = new Command("show", "Prints ledgers as readable text: header, transactions, operations and state changes.");
        var options = new LedgerOptions(command);
        Option<string> format = Format(Text, Json);
        command.Options.Add(format);
        command.SetAction(parsed =>
        {
            bool isJson = parsed.GetValue(format) == Json;
            options.Each(parsed, ledger =>
            {
                if (isJson) LedgerJson.Write(ledger, Console.Out);
                else LedgerText.Write(ledger, Console.Out);
            });
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Rows()
    {
        var command = new Command("rows", "Prints the rows that a load would store in one history table for the given ledgers.");
        var options = new LedgerOptions(command);
        var table = new Option<string>("--table")
        {
            Description = "The table.",
            HelpName = string.Join('|', RowPrinter.TableNames),
            Required = true,
        };
        table.AcceptOnlyFromAmong([.. RowPrinter.TableNames]);
        Option<string> format = Format(Csv, Json);
        command.Options.Add(table);
        command.Options.Add(format);
        command.SetAction(parsed =>
        {
            var printer = new RowPrinter(parsed.GetValue(table)!, parsed.GetValue(format) == Json, Console.Out);
            options.Each(parsed, printer.Write);
            printer.End();
            return ExitCode.Done;
        });
        return command;
    }

    private static Option<string> Format(params string[] formats)
    {
        var option = new Option<string>("--format")
        {
            Description = "How to print; json is one object per line.",
            HelpName = string.Join('|', formats),
            DefaultValueFactory = _ => formats[0],
        };
        option.AcceptOnlyFromAmong(formats);
        return option;
    }
}
