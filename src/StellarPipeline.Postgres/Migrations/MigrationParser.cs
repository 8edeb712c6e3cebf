namespace StellarPipeline.Postgres.Migrations;

/// <summary>Reads a migration file in the format of rubenv/sql-migrate.</summary>
/// <remarks>
/// Directives are at the beginning of a line: <c>-- +migrate Up [notransaction]</c>, <c>-- +migrate Down [notransaction]</c>, <c>--
/// +migrate StatementBegin</c> and <c>-- +migrate StatementEnd</c>. Format: rubenv/sql-migrate, sqlparse/sqlparse.go. This parser reports
/// three errors that the original ignores: an unknown directive, SQL before the first direction, and BEGIN or COMMIT inside a transaction.
/// Unlike in the original, a statement need not end at the end of a line: two statements on one line are two statements.
/// </remarks>
internal sealed class MigrationParser
{
    private const string DirectivePrefix = "-- +migrate";

    // A file that ended its own transaction would not be applied together with its tracking row.
    private static readonly HashSet<string> TransactionWords =
        new(["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"], StringComparer.OrdinalIgnoreCase);

    private readonly string name;
    private readonly List<MigrationStatement> up = [];
    private readonly List<MigrationStatement> down = [];
    private readonly List<string> pending = [];
    private List<MigrationStatement>? current;
    private int pendingLine = 1;
    private int blockLine;

    private MigrationParser(string name) => this.name = name;

    /// <summary>Parses a file.</summary>
    /// <param name="name">File name, for messages and as the id.</param>
    /// <param name="text">The file's text.</param>
    /// <exception cref="MigrationException">The format is wrong; the message names file and line.</exception>
    public static Migration Parse(string name, string text) => new MigrationParser(name).Parse(text);

    private Migration Parse(string text)
    {
        (bool upInTransaction, bool downInTransaction) = (true, true);
        int line = 0;
        foreach (string raw in text.TrimStart('\uFEFF').Split('\n'))
        {
            line++;
            string content = raw.TrimEnd('\r');
            if (!IsDirective(content))
            {
                pending.Add(content);
                continue;
            }

            string[] words = content[DirectivePrefix.Length..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            switch (words.FirstOrDefault())
            {
                case "Up":
                    Flush(line);
                    current = up;
                    upInTransaction &= !HasNoTransaction(words, line);
                    break;
                case "Down":
                    Flush(line);
                    current = down;
                    downInTransaction &= !HasNoTransaction(words, line);
                    break;
                case "StatementBegin":
                    Flush(line);
                    if (current is null)
                        MigrationThrow.BeforeDirection(name, line);
                    blockLine = line;
                    break;
                case "StatementEnd":
                    EndBlock(line);
                    break;
                default:
                    MigrationThrow.UnknownDirective(name, line, content);
                    break;
            }

            pendingLine = line + 1;
        }

        Flush(line);
        if (current is null)
            MigrationThrow.NoDirection(name);
        Check(up, upInTransaction);
        Check(down, downInTransaction);
        return new Migration(name, up, down, upInTransaction, downInTransaction);
    }

    private static bool IsDirective(string line) =>
        line.StartsWith(DirectivePrefix, StringComparison.Ordinal)
            && (line.Length == DirectivePrefix.Length || char.IsWhiteSpace(line[DirectivePrefix.Length]));

    private bool HasNoTransaction(string[] words, int line)
    {
        if (words.Skip(1).FirstOrDefault(word => word != "notransaction") is { } unknown)
            MigrationThrow.UnknownOption(name, line, unknown);
        return words.Length > 1;
    }

    /// <summary>Splits the text since the last directive into statements.</summary>
    private void Flush(int line)
    {
        if (blockLine > 0)
            MigrationThrow.UnclosedBlock(name, blockLine);
        var splitter = new SqlSplitter(string.Join('\n', pending), pendingLine);
        while (splitter.TryRead(out MigrationStatement? statement, out bool isTerminated))
        {
            if (current is null)
                MigrationThrow.BeforeDirection(name, statement.Line);
            if (!isTerminated)
                MigrationThrow.Unterminated(name, statement.Line, line);
            current.Add(statement);
        }

        pending.Clear();
    }

    private void EndBlock(int line)
    {
        if (blockLine == 0 || current is null)
            MigrationThrow.BlockNotOpen(name, line);
        string block = string.Join('\n', pending);
        string body = block.Trim();
        if (body.Length > 0)
        {
            current.Add(
                new MigrationStatement(body, pendingLine + block.AsSpan(0, block.IndexOf(body, StringComparison.Ordinal)).Count('\n')));
        }

        blockLine = 0;
        pending.Clear();
    }

    private void Check(List<MigrationStatement> statements, bool inTransaction)
    {
        foreach (MigrationStatement statement in statements)
        {
            int length = statement.Text.AsSpan().IndexOfAnyExceptInRange('A', 'z');
            string word = length < 0 ? statement.Text : statement.Text[..length];
            if (inTransaction && TransactionWords.Contains(word))
                MigrationThrow.TransactionControl(name, statement.Line, word);
        }
    }
}
