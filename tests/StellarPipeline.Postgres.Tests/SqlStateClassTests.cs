using System.Reflection;
using Npgsql;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests;

public sealed class SqlStateClassTests
{
    // PostgreSQL manual, appendix A, and the class that older servers have besides.
    private static readonly string[] Classes =
    [
        "00", "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "20", "21", "22", "23", "24", "25", "26", "27", "28", "2B",
        "2D", "2F", "34", "38", "39", "3B", "3D", "3F",
        "40", "42", "44", "53", "54", "55", "57", "58", "72", "F0", "HV", "P0", "XX",
    ];

    [Fact]
    public void All_ClassesOfTheManual_EachHasOneRow() =>
        Assert.Equal(Classes, SqlStateClass.All.Where(row => row.Code.Length == 2).Select(row => row.Code));

    [Fact]
    public void All_Exceptions_StandBehindTheirClassAndDifferFromIt()
    {
        string current = "";
        foreach (SqlStateClass row in SqlStateClass.All)
        {
            if (row.Code.Length == 2)
            {
                current = row.Code;
                continue;
            }

            Assert.StartsWith(current, row.Code, StringComparison.Ordinal);
            Assert.NotEqual(SqlStateClass.All.Single(other => other.Code == current).Passes, row.Passes);
        }
    }

    /// <summary>Every state that Npgsql knows by name, so every one of the manual.</summary>
    [Fact]
    public void Of_EveryState_DecidesAsItsRowSays()
    {
        string[] passing =
        [
            "08000", "08001", "08003", "08004", "08006", "40000", "40001", "40P01", "53300", "57P01", "57P02", "57P03", "57P05",
        ];
        string[] states =
            [.. typeof(PostgresErrorCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field => (string)field.GetRawConstantValue()!).Distinct()];
        Assert.True(states.Length > 200);
        foreach (string state in states)
        {
            Assert.NotNull(SqlStateClass.Of(state));
            Assert.True(passing.Contains(state) == TransientFailure.IsTransientState(state), state);
        }
    }

    [Theory]
    [InlineData("53400", false)]
    [InlineData("53999", false)]
    [InlineData("57P04", false)]
    [InlineData("58000", false)]
    [InlineData("58P01", false)]
    [InlineData("58999", false)]
    [InlineData("08999", true)]
    [InlineData("40999", true)]
    [InlineData("ZZ000", false)]
    public void IsTransientState_StatesThatNobodyListed_FollowTheirClass(string state, bool expected) =>
        Assert.Equal(expected, TransientFailure.IsTransientState(state));

    [Fact]
    public void Readme_TableOfStates_IsTheOneOfTheCode()
    {
        string table =
            string.Join('\n', SqlStateClass.All.Where(row => row.Passes || row.Code.Length == 5).Select(
                row => $"| {row.Code} | {(row.Passes ? "tried again" : "final")} | {row.Meaning} |"));
        Assert.Contains(table, File.ReadAllText(Repository.PathOf("src", "StellarPipeline.Cli", "packaging", "README.md"))
            .ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }
}
