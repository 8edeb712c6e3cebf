using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using Npgsql;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Stellar;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>The page of --dashboard in a browser, as a person sees it. Skipped where there is no chromium.</summary>
public sealed class DashboardBrowserTests : IDisposable
{
    /// <summary>A folder that screenshots go to; without it none is taken.</summary>
    private const string ScreenshotVariable = "PIPELINE_TEST_SCREENSHOTS";

    private const float DeadlineMilliseconds = 120_000;
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-cli-browser-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public async Task Populate_DashboardInABrowser_FollowsTheLoadAndShowsTheNumbersOfTheReport()
    {
        string? program = FindBrowser();
        Skip.If(program is null, "There is no chromium on this machine: apt-get install -y chromium.");
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        Assert.Equal(0, (await CliProcess.RunAsync("migrate", "up", "--database", database.ConnectionString)).ExitCode);
        await CheckpointArchiveGenerator.GenerateAsync(
            folder, new GeneratorOptions { Accounts = 500, Trustlines = 1_000, Passphrase = StellarNetwork.Testnet.Passphrase });
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = program, Args = ["--no-sandbox", "--disable-gpu"] });

        // A lock holds the load at its beginning until the page is open.
        await using NpgsqlConnection holder = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction hold = await holder.BeginTransactionAsync();
        await using (NpgsqlCommand command = holder.CreateCommand())
        {
            command.CommandText = "LOCK TABLE native_balances IN SHARE MODE";
            await command.ExecuteNonQueryAsync();
        }

        using var load = CliProcess.Start("populate", "--archive", folder, "--database", database.ConnectionString, "--dashboard",
            "127.0.0.1:0", "--keep-dashboard", "--progress", "none");
        string url = await load.SaysLineAsync("Dashboard: ");
        List<string> problems = [];
        IPage page = await OpenAsync(browser, url, problems);
        await page.GetByText("waits for a lock that others hold").First.WaitForAsync(
            new LocatorWaitForOptions { Timeout = DeadlineMilliseconds });
        Assert.StartsWith("populate", await page.TitleAsync(), StringComparison.Ordinal);
        await Assertions.Expect(page.Locator("#plan svg rect")).ToHaveCountAsync(
            9, new LocatorAssertionsToHaveCountOptions { Timeout = DeadlineMilliseconds });
        await hold.RollbackAsync();

        await page.WaitForFunctionAsync(
            "document.title.startsWith('Committed')", null, new PageWaitForFunctionOptions { Timeout = DeadlineMilliseconds });
        using var client = new HttpClient { BaseAddress = new Uri(url) };
        using var report = JsonDocument.Parse(await client.GetStringAsync("/report.json"));
        await SameNumbersAsync(page, report.RootElement);

        // Who comes late sees the curve of the time before, and the same end, on a phone and in the dark, too.
        IPage late = await OpenAsync(browser, url, problems);
        await late.SetViewportSizeAsync(390, 844);
        await late.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Dark });
        await late.WaitForFunctionAsync(
            "document.title.startsWith('Committed')", null, new PageWaitForFunctionOptions { Timeout = DeadlineMilliseconds });
        await SameNumbersAsync(late, report.RootElement);
        Assert.Equal(1, await late.Locator("#chart polyline.rate").CountAsync());
        Assert.True(await late.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"), "The page is too wide.");
        Assert.Equal("rgb(13, 17, 23)", await late.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        await ScreenshotAsync(page, "end-light.png");
        await ScreenshotAsync(late, "end-dark-phone.png");
        Assert.Empty(problems);
        await load.SignalAsync("INT");
        Assert.Equal(0, (await load.WaitAsync()).ExitCode);
    }

    private static async Task SameNumbersAsync(IPage page, JsonElement report)
    {
        long rows = 0;
        string tables = await page.Locator("#tables").InnerTextAsync();
        foreach (JsonElement table in report.GetProperty("tables").EnumerateArray())
        {
            long count = table.GetProperty("rows").GetInt64();
            rows += count;
            if (count == 0) continue;
            Assert.Contains(table.GetProperty("name").GetString()!, tables, StringComparison.Ordinal);
            Assert.Contains(count.ToString("N0", CultureInfo.InvariantCulture), tables, StringComparison.Ordinal);
        }

        Assert.Equal(rows.ToString("N0", CultureInfo.InvariantCulture), await page.Locator("#rows").InnerTextAsync());
        Assert.Equal(report.GetProperty("bottleneck").GetProperty("sentence").GetString(), await page.Locator("#say").InnerTextAsync());
    }

    /// <summary>Opens the page and notes what a page of ours must not do: fail in its script, or ask another host for anything.</summary>
    private static async Task<IPage> OpenAsync(IBrowser browser, string url, List<string> problems)
    {
        IPage page = await browser.NewPageAsync();
        page.PageError += (_, error) => problems.Add(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(url, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                problems.Add(request.Url);
        };
        await page.GotoAsync(url);
        return page;
    }

    private static async Task ScreenshotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable(ScreenshotVariable) is { Length: > 0 } place)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(place, name), FullPage = true });
    }

    private static string? FindBrowser() => Array.Find(
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable"], File.Exists);
}
