using System.Text.RegularExpressions;

namespace StellarPipeline.Postgres.Migrations;

/// <summary>One parsed migration file.</summary>
/// <param name="Name">File name, which is also its id in the tracking table.</param>
/// <param name="Up">Statements that apply it.</param>
/// <param name="Down">Statements that revert it.</param>
/// <param name="UpInTransaction">False when the file says <c>-- +migrate Up notransaction</c>.</param>
/// <param name="DownInTransaction">False when the file says <c>-- +migrate Down notransaction</c>.</param>
public sealed partial record Migration(
    string Name, IReadOnlyList<MigrationStatement> Up, IReadOnlyList<MigrationStatement> Down, bool UpInTransaction, bool DownInTransaction)
{
    /// <summary>
    /// Names of the tables that Up creates without a schema, to recognise tables that were created outside the migrations.
    /// </summary>
    internal IEnumerable<string> CreatedTables() =>
        Up.Select(statement => CreateTablePattern().Match(statement.Text))
            .Where(match => match.Success)
            .Select(match => match.Groups["quoted"] is { Success: true } quoted
                ? quoted.Value.Replace("\"\"", "\"", StringComparison.Ordinal)
                : match.Groups["plain"].Value.ToLowerInvariant());

    /// <summary>Names of the functions that Up creates without a schema, to find objects that depend on them.</summary>
    internal IEnumerable<string> CreatedFunctions() =>
        Up.Select(statement => CreateFunctionPattern().Match(statement.Text)).Where(match => match.Success)
            .Select(match => match.Groups["plain"].Value.ToLowerInvariant());

    /// <summary>Names of the triggers that Up creates. They belong to the migrations, whatever table they are on.</summary>
    internal IEnumerable<string> CreatedTriggers() =>
        Up.Select(statement => CreateTriggerPattern().Match(statement.Text)).Where(match => match.Success)
            .Select(match => match.Groups["plain"].Value.ToLowerInvariant());

    /// <summary>
    /// The order of rubenv/sql-migrate: by the number at the start of the name, then by its bytes; names without a number last.
    /// </summary>
    internal static int CompareNames(string left, string right)
    {
        (System.Numerics.BigInteger? leftNumber, System.Numerics.BigInteger? rightNumber) = (LeadingNumber(left), LeadingNumber(right));
        if (leftNumber is not null && rightNumber is not null && leftNumber != rightNumber)
            return leftNumber.Value.CompareTo(rightNumber.Value);
        if (leftNumber is null != rightNumber is null)
            return leftNumber is null ? 1 : -1;
        return string.CompareOrdinal(left, right);
    }

    private static System.Numerics.BigInteger? LeadingNumber(string name)
    {
        int end = name.AsSpan().IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> digits = name.AsSpan(0, end < 0 ? name.Length : end);
        return digits.IsEmpty ? null : System.Numerics.BigInteger.Parse(digits, System.Globalization.CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(
        """^CREATE\s+(UNLOGGED\s+)?TABLE\s+(IF\s+NOT\s+EXISTS\s+)?("(?<quoted>([^"]|"")+)"|(?<plain>\w+))\s*\(""",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex CreateTablePattern();

    [GeneratedRegex("""^CREATE\s+(OR\s+REPLACE\s+)?FUNCTION\s+(?<plain>\w+)\s*\(""",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex CreateFunctionPattern();

    [GeneratedRegex("""^CREATE\s+(OR\s+REPLACE\s+)?TRIGGER\s+(?<plain>\w+)\s""", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex CreateTriggerPattern();
}
