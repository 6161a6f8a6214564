/** The look: one accent, small type, quiet lines. Everything else is Mantine's own, made legible (WCAG AA) where it is not. */
import {
  createTheme,
  type CSSVariablesResolver,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  parseThemeColor,
  type VariantColorsResolver,
} from "@mantine/core";

const pine: MantineColorsTuple = [
  "#e8f6f2",
  "#d2ebe4",
  "#a3d8ca",
  "#70c3ae",
  "#47b196",
  "#2da687",
  "#1d8a6e",
  "#14705a",
  "#0e5a48",
  "#064335",
];

/** Soft buttons and badges with text that can be read on them (4.5 to 1), in every colour. */
const legible: VariantColorsResolver = (input) => {
  const made = defaultVariantColorsResolver(input);
  const { color, isThemeColor } = parseThemeColor({ color: input.color ?? input.theme.primaryColor, theme: input.theme });
  if (!isThemeColor) return made;
  const tone = (shade: number) => `var(--mantine-color-${color}-${shade})`;
  if (["subtle", "transparent", "outline"].includes(input.variant)) {
    return { ...made, color: `light-dark(color-mix(in srgb, ${tone(9)} 85%, black), ${tone(2)})` };
  }
  if (input.variant === "filled" && color !== input.theme.primaryColor) return { ...made, background: tone(9), color: "white" };
  if (input.variant !== "light") return made;
  return {
    ...made,
    background: `light-dark(${tone(0)}, color-mix(in srgb, ${tone(9)} 35%, transparent))`,
    color: `light-dark(color-mix(in srgb, ${tone(9)} 70%, black), ${tone(2)})`,
  };
};

export const theme = createTheme({
  variantColorResolver: legible,
  primaryColor: "pine",
  primaryShade: { light: 7, dark: 7 },
  colors: { pine },
  fontFamily:
    '"Pretendard Variable", Pretendard, -apple-system, BlinkMacSystemFont, "Apple SD Gothic Neo", "Segoe UI", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", Roboto, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, D2Coding, monospace',
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "18px" },
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "20px" }, h2: { fontSize: "16px" }, h3: { fontSize: "14px" } } },
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "xs" } },
    TextInput: { defaultProps: { size: "xs" } },
    PasswordInput: { defaultProps: { size: "sm" } },
    Textarea: { defaultProps: { size: "xs" } },
    NumberInput: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs", comboboxProps: { shadow: "md" } } },
    MultiSelect: { defaultProps: { size: "xs" } },
    Autocomplete: { defaultProps: { size: "xs" } },
    SegmentedControl: { defaultProps: { size: "xs" } },
    Checkbox: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "xs" } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, multiline: true, maw: 320 } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
    Badge: { defaultProps: { variant: "light", radius: "sm", size: "sm", tt: "none", fw: 500, miw: "max-content" } },
    // the head of a dialog is no second banner of the page
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.4 }, attributes: { header: { role: "presentation" } }, styles: { title: { fontSize: 15, fontWeight: 650 } } } },
    Drawer: { defaultProps: { attributes: { header: { role: "presentation" } } } },
    Tabs: { defaultProps: { keepMounted: false } },
  },
});

export const variables: CSSVariablesResolver = () => ({
  variables: { "--row": "32px" },
  light: {
    "--mantine-color-dimmed": "#586370",
    "--mantine-color-placeholder": "#66707c",
    "--mantine-color-error": "#c02525",
    "--mantine-color-anchor": "#14705a",
    "--line": "#e3e7ea",
    "--surface": "#ffffff",
    "--sunken": "#f6f8f8",
    "--good": "#14705a",
    "--bad": "#c02525",
    "--note": "#8a5a00",
    "--accent": "#14705a",
    "--accent-soft": "#e2f3ee",
  },
  dark: {
    "--mantine-color-body": "#16191b",
    "--mantine-color-dimmed": "#a3adb7",
    "--mantine-color-placeholder": "#98a2ac",
    "--mantine-color-error": "#ff8a8a",
    "--mantine-color-anchor": "#5fd0b3",
    "--line": "#2d3338",
    "--surface": "#1b1f22",
    "--sunken": "#121517",
    "--good": "#5fd0b3",
    "--bad": "#ff8a8a",
    "--note": "#f0c060",
    "--accent": "#5fd0b3",
    "--accent-soft": "#173a31",
  },
});
