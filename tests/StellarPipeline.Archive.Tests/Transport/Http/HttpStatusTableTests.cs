using System.Globalization;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Archive.Tests.Transport.Http;

/// <summary>The table of statuses: its classes, and that the documentation shows the same.</summary>
public sealed class HttpStatusTableTests
{
    [Theory]
    [InlineData(599, HttpStatusMeaning.Passing)]
    [InlineData(555, HttpStatusMeaning.Passing)]
    [InlineData(477, HttpStatusMeaning.Final)]
    [InlineData(304, HttpStatusMeaning.Final)]
    [InlineData(999, HttpStatusMeaning.Final)]
    public void Of_UnknownStatus_HasTheMeaningOfItsClass(int status, HttpStatusMeaning meaning) =>
        Assert.Equal(meaning, HttpStatusTable.Of(status));

    [Theory]
    [InlineData(403, HttpStatusMeaning.Passing)]
    [InlineData(413, HttpStatusMeaning.Passing)]
    [InlineData(401, HttpStatusMeaning.Denied)]
    [InlineData(404, HttpStatusMeaning.Missing)]
    [InlineData(501, HttpStatusMeaning.Final)]
    public void Of_AnswerThatAsksToWait_IsPassingWhereWaitingMayHelp(int status, HttpStatusMeaning meaning) =>
        Assert.Equal(meaning, HttpStatusTable.Of(status, asksToWait: true));

    [Fact]
    public void Readme_TableOfStatuses_IsWhatTheProgramDoes()
    {
        string[] rows = [.. File.ReadLines(Repository.PathOf("src", "StellarPipeline.Archive", "README.md"))
            .SkipWhile(line => !line.StartsWith("| status |", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'))];
        var documented = new Dictionary<int, HttpStatusMeaning>();
        foreach (string row in rows)
        {
            string[] cells = [.. row.Trim('|').Split('|').Select(cell => cell.Trim())];
            HttpStatusMeaning meaning = Enum.Parse<HttpStatusMeaning>(cells[1], ignoreCase: true);
            foreach (string range in cells[0].Replace("every other ", "", StringComparison.Ordinal).Split(", "))
            {
                int first = int.Parse(range[..3].Replace('x', '0'), CultureInfo.InvariantCulture);
                for (int status = first; status <= (range[1] == 'x' ? first + 99 : first); status++)
                    documented.TryAdd(status, meaning);
            }
        }

        Assert.Equal(Enumerable.Range(200, 400).Select(status => (status, HttpStatusTable.Of(status))),
            Enumerable.Range(200, 400).Select(status => (status, documented[status])));
    }
}
