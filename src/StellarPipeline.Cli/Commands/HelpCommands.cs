using System.CommandLine;
using System.Text;
using StellarPipeline.Cli.Configuration;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Cli.Commands;

/// <summary>
/// <c>help</c>, <c>version</c> and <c>completion</c>: generated from the same definitions of commands and options.
/// </summary>
internal static class HelpCommands
{
    private static readonly string[] Shells = ["bash", "zsh", "fish", "pwsh"];

    public static Command CreateVersion()
    {
        var command = new Command("version", "Prints the version.");
        command.SetAction(_ =>
        {
            Console.WriteLine(Product.Version);
            return ExitCode.Done;
        });
        return command;
    }

    public static Command CreateHelp()
    {
        var words =
            new Argument<string[]>("command")
            {
                Description = "The command to explain. Without it, all commands.",
                Arity = ArgumentArity.ZeroOrMore,
            };
        var manual =
            new Option<bool>("--man")
            {
                Description = "Write the manual page in roff instead: stellar-pipeline help --man > stellar-pipeline.1",
            };
        var command = new Command("help", "Explains a command.") { words, manual };
        command.SetAction((parsed, cancellationToken) =>
        {
            RootCommand root = RootCommands.Create();
            if (parsed.GetValue(manual))
            {
                Console.WriteLine(Manual(root));
                return Task.FromResult(ExitCode.Done);
            }

            string[] wanted = parsed.GetValue(words) ?? [];
            Command found = root;
            foreach (string word in wanted)
            {
                found = found.Subcommands.FirstOrDefault(sub => sub.Name == word)
                    ?? throw new CommandLineException(FailureKind.Usage,
                        $"There is no command {word}.{Suggestions.Text(word, [.. found.Subcommands.Select(sub => sub.Name)])} Try: "
                            + $"{Product.Name} help");
            }

            return root.Parse([.. wanted, "--help"]).InvokeAsync(cancellationToken: cancellationToken);
        });
        return command;
    }

    public static Command CreateCompletion()
    {
        var shell = new Argument<string>("shell") { Description = string.Join(", ", Shells) };
        shell.AcceptOnlyFromAmong(Shells);
        var command =
            new Command("completion",
                "Writes the completion script of a shell. For bash: stellar-pipeline completion bash > "
                    + "~/.local/share/bash-completion/completions/stellar-pipeline") { shell };
        command.SetAction(parsed =>
        {
            Console.WriteLine(Script(parsed.GetValue(shell)!));
            return ExitCode.Done;
        });
        return command;
    }

    // The program itself computes the completions: the scripts only call it.
    private static string Script(string shell) => shell switch
    {
        "bash" =>
            """
            _stellar_pipeline() {
                local IFS=$'\n'
                COMPREPLY=($(compgen -W "$(stellar-pipeline "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _stellar_pipeline stellar-pipeline
            """,
        "zsh" =>
            """
            #compdef stellar-pipeline
            _stellar_pipeline() {
                local -a found
                found=(${(f)"$(stellar-pipeline "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)"})
                compadd -a found || _files
            }
            compdef _stellar_pipeline stellar-pipeline
            """,
        "fish" =>
            """
            complete -c stellar-pipeline -a '(stellar-pipeline "[suggest:"(string length -- (commandline -cp))"]" (commandline -cp) 2>/dev/null)'
            """,
        _ =>
            """
            Register-ArgumentCompleter -Native -CommandName stellar-pipeline -ScriptBlock {
                param($word, $line, $position)
                stellar-pipeline "[suggest:$position]" "$line" 2>$null | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    private static string Manual(RootCommand root)
    {
        var page = new StringBuilder();
        page.Append(System.Globalization.CultureInfo.InvariantCulture,
            $".TH STELLAR-PIPELINE 1 \"\" \"{Product.Version}\"\n.SH NAME\n{Product.Name} \\- {Roff(root.Description ?? "")}\n.SH "
                + $"SYNOPSIS\n.B {Product.Name}\n.I command\n[options]\n.SH COMMANDS\n");
        foreach (Command command in SettingNames.WithBelow(root).Where(command => command.Subcommands.Count == 0))
        {
            string name = string.Join(' ', Names(command));
            page.Append(System.Globalization.CultureInfo.InvariantCulture, $".SS {Roff(name)}\n{Roff(command.Description ?? "")}\n");
            foreach (Argument argument in command.Arguments)
            {
                page.Append(System.Globalization.CultureInfo.InvariantCulture,
                    $".TP\n.I {Roff(argument.Name)}\n{Roff(argument.Description ?? "")}\n");
            }

            foreach (Option option in command.Options.Where(SettingNames.MayBeConfigured))
            {
                page.Append(System.Globalization.CultureInfo.InvariantCulture,
                    $".TP\n.BR {Roff(option.Name)} \" {Roff(option.HelpName ?? "")}\"\n{Roff(option.Description ?? "")}\n");
            }
        }

        page.Append(
            ".SH EXIT STATUS\n0 success; 1 a bug; 2 refused: the request is impossible; 3 the archive; 4 the database; 5 a protocol "
                + "version that is too new; 6 standard output could not be written; 130 interrupted.\n");
        page.Append(
            ".SH ENVIRONMENT\nSTELLAR_PIPELINE_ plus the name of an option in capitals sets that option. DATABASE_URL, or PGHOST, "
                + "PGDATABASE, PGSERVICE and the other variables of libpq, name the database.\n");
        return page.ToString().TrimEnd();
    }

    private static IEnumerable<string> Names(Command command) =>
        command.Parents.OfType<Command>().Where(parent => parent is not RootCommand).SelectMany(Names).Append(command.Name);

    // roff reads a line that begins with a dot or a quote as a request.
    private static string Roff(string text)
    {
        string safe = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return safe.Length > 0 && safe[0] is '.' or '\'' ? "\\&" + safe : safe;
    }
}
