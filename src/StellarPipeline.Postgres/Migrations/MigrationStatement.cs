namespace StellarPipeline.Postgres.Migrations;

/// <summary>One SQL statement of a migration file.</summary>
/// <param name="Text">The statement without its final semicolon, from its first word on.</param>
/// <param name="Line">Line of its first word in the file, from 1.</param>
public sealed record MigrationStatement(string Text, int Line);
